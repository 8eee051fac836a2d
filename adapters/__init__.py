"""One file for each platform; they meet the bot only through bot.model, bot.errors and bot.ports."""
