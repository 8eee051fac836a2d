"""Whether the models are at hand, without loading them."""

import asyncio
import os
import sys
from collections.abc import Mapping

from bot.config import served
from bot.config.tables import ModelsTable
from bot.errors import BadConfig, MissingWeights
from bot.inference.packages import CAUSAL, ENCODERS, Package, intact, metadata
from bot.inference.weights import Folder, cache_folder, checked, classify
from bot.model import Check


async def models(table: ModelsTable) -> list[Check]:
    """Look at reader and writer."""
    return [await asyncio.to_thread(weights, "reader", table.reader, ENCODERS), await writer(table)]


def weights(key: str, source: str, known: Mapping[str, Package]) -> Check:
    """Check that a model's weights are at hand, without loading them."""
    if source == "none":
        return Check(key, ok=True, text="none: replies by template only")
    try:
        return Check(key, ok=True, text=_at_hand(source, known))
    except MissingWeights as fault:
        mend = f"see the line, or change models.{key} in config.toml"
        return Check(key, ok=False, text=f"{source}: {fault}", mend=mend)


async def writer(models: ModelsTable) -> Check:
    """Check that the writer's weights are at hand, or that whoever serves it answers."""
    if "://" not in models.writer:
        return await asyncio.to_thread(weights, "writer", models.writer, CAUSAL)
    from bot.inference.remote import probe

    try:
        found = await probe(models.writer, models.writer_model, served.key(models.writer_key))
    except BadConfig as fault:
        mend = "set the variable, or change models.writer_key in config.toml"
        return Check("writer", ok=False, text=str(fault), mend=mend)
    if isinstance(found, str):
        return Check("writer", ok=True, text=f"{models.writer} serves {found}")
    return Check("writer", ok=False, text=f"{models.writer}: {found.what}", mend=found.mend)


def _at_hand(source: str, known: Mapping[str, Package]) -> str:
    match classify(source, known):
        case Package() as package:
            found = metadata(package, package.parts[0], sys.path).version
            prefix = f"{package.name}-{found}-"
            if any(cache_folder(os.environ).glob(f"{prefix}*/config.json")):
                return f"{package.name} {found}, converted"
            for part in package.parts:
                intact(package, part, sys.path)
            return f"{package.name} {found}, converted at the first start ({package.cost})"
        case Folder(path):
            return str(checked(path.expanduser()))
        case hub:
            return f"{hub.id}, asked of the hub at the first start"
