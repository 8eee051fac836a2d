"""A long live chat out of other people's recordings: ``python -m tests.studio.long_chat N [SEED]``.

Of each ten lines six are real chat (Douyin, Twitch) drawn with repeats as chat repeats itself, one
is a shop's, and three are questions that come once: so a third of the log was never said before.
"""

import csv
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

DATA = Path(__file__).parents[3] / "shared" / "data"
SHOP = Path(__file__).with_name("data") / "comments.jsonl"
HERE = DATA.exists()
BEGIN, EVENING = 1_767_225_600.0, 4 * 3_600
"""The first line, and the seconds in which all are said."""


def chat() -> list[str]:
    """Real lines of live rooms."""
    rows = (DATA / "douyin-livechat-acl2023" / "dev_3k.jsonl").read_text("utf-8").splitlines()
    found = [str(json.loads(row)["comment"]) for row in rows]
    recent = json.loads(
        (DATA / "twitch-chatterino2" / "recentmessages-nymn.json").read_text("utf-8")
    )
    for line in recent["messages"]:
        head, _, text = str(line).partition(" PRIVMSG ")
        if head and text:
            found.append(text.partition(" :")[2])
    return [text for text in found if text.strip()]


def questions() -> list[str]:
    """Short questions of the kind that is asked once."""
    found = [line["text"] for line in map(json.loads, SHOP.read_text("utf-8").splitlines())]
    for part in ("train.csv", "dev.csv"):
        with (DATA / "hetpqa" / part).open(encoding="utf-8") as file:
            found += [row["question"] for row in csv.DictReader(file, delimiter="\t")]
    with (DATA / "banking77" / "train.csv").open(encoding="utf-8") as file:
        found += [row["text"] for row in csv.DictReader(file)]
    clinc = json.loads((DATA / "clinc150" / "data_full_train_val.json").read_text("utf-8"))
    found += [row[0] for part in clinc.values() for row in part]
    found += (DATA / "hwu64" / "train" / "seq.in").read_text("utf-8").splitlines()
    return list(dict.fromkeys(found))


def lines(count: int, seed: int = 0) -> Iterator[str]:
    """Yield a recording of ``count`` lines, one JSON object each."""
    draw = random.Random(seed)
    real, once = chat(), questions()
    shop = [json.loads(row)["text"] for row in SHOP.read_text("utf-8").splitlines()]
    draw.shuffle(real)
    draw.shuffle(once)
    weights = [1 / (rank + 3) for rank in range(len(real))]
    said = draw.choices(real, weights, k=count)
    for number in range(count):
        tenth = number % 10
        text = said[number]
        if tenth == 0:
            text = draw.choice(shop)
        elif tenth in (3, 6, 9):
            text = once[number * 3 // 10 % len(once)]
        who = f"v{int(draw.paretovariate(0.3)) % 20_000}"
        yield json.dumps(
            {
                "id": f"m{number}",
                "platform": "log",
                "room": "log/long",
                "author": who,
                "author_id": who,
                "role": "viewer",
                "text": text,
                "sent_at": round(BEGIN + number * EVENING / count, 3),
            },
            ensure_ascii=False,
        )


if __name__ == "__main__":
    for one in lines(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0):
        sys.stdout.write(one + "\n")
