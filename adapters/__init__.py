"""A file for each platform; they meet the bot only in bot.model, bot.errors and bot.ports."""
