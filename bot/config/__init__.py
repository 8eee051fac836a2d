"""The configuration: config.toml as typed values, every fault named with its key path."""

from bot.config.files import SHIPPED, load, with_values
from bot.config.rooms import DEMO, RoomTable
from bot.config.tables import Config

__all__ = ["DEMO", "SHIPPED", "Config", "RoomTable", "load", "with_values"]
