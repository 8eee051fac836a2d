"""Proofs about config.toml: what ships, what is refused and in which words, and the doctor."""

import socket
import tomllib
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from bot import doctor, secrets
from bot.config import DEMO, SHIPPED, Config, load, with_values
from bot.config.rooms import RoomTable
from bot.errors import BadConfig
from bot.model import INTENTS, Autonomy, Check, Intent, Rules
from bot.rules.plan import DEFAULT_AUTONOMY
from bot.shop import lexicon
from bot.shop.catalogue import load as load_catalogue

ROOT = Path(__file__).parent.parent


def faults(tmp_path: Path, text: str) -> list[str]:
    """Return the lines that loading ``text`` raises, without the file's folder."""
    file = tmp_path / "config.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(BadConfig) as caught:
        load(file)
    return [line.removeprefix(f"{tmp_path}/") for line in caught.value.faults]


def loaded(tmp_path: Path, text: str) -> Config:
    (tmp_path / "config.toml").write_text(text, "utf-8")
    return load(tmp_path / "config.toml")


# What ships ---------------------------------------------------------------------------------------


def test_the_file_that_ships_says_the_defaults() -> None:
    assert load(SHIPPED) == Config()


def test_the_file_at_the_top_is_the_one_that_ships() -> None:
    assert (ROOT / "config.toml").read_bytes() == SHIPPED.read_bytes()


def test_the_file_that_ships_has_every_option_with_a_comment() -> None:
    text = SHIPPED.read_text("utf-8")

    def missing(table: dict[str, Any], schema: type[BaseModel], path: str) -> list[str]:
        absent = [f"{path}{key}" for key in schema.model_fields if key not in table]
        for key, field in schema.model_fields.items():
            kind = field.annotation
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                absent += missing(table.get(key, {}), kind, f"{path}{key}.")
        return absent

    data = tomllib.loads(text)
    assert missing(data, Config, "") == []
    assert missing(data["rooms"][0], RoomTable, "rooms.") == []
    options = [line for line in text.splitlines() if " = " in line and not line.startswith("#")]
    assert [line for line in options if " # " not in line] == []


def test_without_a_file_what_ships_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(None) == Config()


def test_a_file_in_the_working_folder_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("config.toml").write_text('[bot]\nname = "小美"\n', "utf-8-sig")
    assert load(None).bot.name == "小美"


def test_what_ships_names_a_catalogue_and_a_platform_that_work() -> None:
    config = load(SHIPPED)
    assert load_catalogue(config.rooms[0].catalog) == load_catalogue(DEMO)
    assert [adapter.room for adapter in config.adapters({})] == ["room/local"]


def test_the_rules_are_those_of_the_configuration() -> None:
    autonomy: dict[Intent, Autonomy] = {
        intent: DEFAULT_AUTONOMY.get(intent, "ignore") for intent in INTENTS
    }
    assert load(SHIPPED).rules() == Rules(autonomy=autonomy, lexicon=lexicon.load(lexicon.DEFAULT))


def test_a_changed_option_reaches_the_rules(tmp_path: Path) -> None:
    text = '[bot]\nmode = "shadow"\n[reply]\nwindow = 2\nknown_bots = ["Moo"]\n'
    rules = loaded(tmp_path, text + '[reply.autonomy]\nprice = "approve"\n').rules()
    assert (rules.mode, rules.window) == ("shadow", 2.0)
    assert rules.known_bots == frozenset({"moo"})
    assert (rules.autonomy["price"], rules.autonomy["stock"]) == ("approve", "auto")


# Paths --------------------------------------------------------------------------------------------


def test_relative_paths_stand_beside_the_file(tmp_path: Path) -> None:
    config = loaded(
        tmp_path,
        '[store]\ndata = "queue"\n[models]\nreader = "./encoder"\nwriter = "org/name"\n'
        '[[rooms]]\nplatform = "recording"\ncatalog = "shop.toml"\nfile = "night.jsonl"\n',
    )
    assert config.store.data == tmp_path / "queue"
    assert config.models.reader == str(tmp_path / "encoder")
    assert config.models.writer == "org/name"
    assert config.rooms[0].catalog == tmp_path / "shop.toml"
    assert config.rooms[0].settings().file == tmp_path / "night.jsonl"


def test_empty_paths_mean_the_usual_place() -> None:
    config = load(SHIPPED)
    assert config.store.data.parts[-2:] == ("danmate", "store")
    assert config.models.reader_adapter is None


# What is refused ----------------------------------------------------------------------------------

ROOM = '[[rooms]]\nplatform = "room"\ncatalog = "demo"\n'


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("limits.account = [5]", "limits.account[0]: expected a list, got 5"),
        (
            "limits.account = [[0, 30.0]]",
            "limits.account[0][0]: expected greater than 0, got 0",
        ),
        ('web.port = "8765"', 'web.port: expected a whole number, got "8765"'),
        ("web.port = true", "web.port: expected a whole number, got true"),
        ("web.port = 70000", "web.port: expected less than or equal to 65535, got 70000"),
        ("reply.window = nan", "reply.window: expected a finite number, got NaN"),
        ("models.threshold = 2", "models.threshold: expected less than or equal to 1, got 2"),
        ("bot = 1", "bot: expected a table, got 1"),
        ("rooms = []", "rooms: expected one at least"),
        ("bot.name = ''", 'bot.name: expected a text that is not empty, got ""'),
        ("reply.banned = ['好', 3]", "reply.banned[1]: expected a text, got 3"),
        (
            "reply.packs = ['politics', 'advert.zh']",
            (
                "reply.packs[1]: expected one of advertising.zh, advertising.en, health.zh, health.en,"
                " abuse.zh, abuse.en, politics, contacts.zh, contacts.en, links,"
                ' or a file such as ./my.toml, got "advert.zh"'
            ),
        ),
        (
            "bot.language = 'end'",
            "bot.language: expected 'zh' or 'en', got \"end\", did you mean en?",
        ),
        (
            "log.levl = 1",
            "log.levl: expected one of level, format (unknown key, did you mean level?)",
        ),
        (
            "log.port = 1",
            "log.port: expected one of level, format (unknown key, which belongs under [web])",
        ),
        ("[[rooms]]\nplatform = 'room'", "rooms[0].catalog: expected a value (missing)"),
        (
            ROOM + "history = -1",
            "rooms[0].history: expected greater than or equal to 0, got -1",
        ),
    ],
)
def test_a_fault_is_one_line_with_its_path(tmp_path: Path, text: str, fault: str) -> None:
    assert faults(tmp_path, text) == [f"config.toml: {fault}"]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        (
            "[[rooms]]\nplatform = 'rom'\ncatalog = 'demo'",
            "config.toml: rooms[0].platform: expected one of bilibili, ",
            ', got "rom", did you mean room?',
        ),
        (
            ROOM + "nam = 'x'",
            "config.toml: rooms[0].nam: expected one of platform, catalog, limits, name, ",
            " (unknown key, did you mean name?)",
        ),
    ],
)
def test_what_a_platform_does_not_know_is_named(
    tmp_path: Path, text: str, start: str, end: str
) -> None:
    (line,) = faults(tmp_path, text)
    assert (line.startswith(start), line.endswith(end)) == (True, True)


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    text = "[bot]\nnmae = 'x'\nmode = 1\n" + ROOM + "[web]\nport = -1\n"
    assert [line.split(":")[1] for line in faults(tmp_path, text)] == [
        " bot.mode", " bot.nmae", " web.port"
    ]  # fmt: skip


def test_a_pack_of_words_is_read_as_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text(
        'name = "my"\nlanguage = "zh"\nabout = "ours"\n'
        '[[terms]]\nwords = ["竞品"]\nreason = "rival"\nwhy = "ours"\n',
        "utf-8",
    )
    rules = loaded(tmp_path, "[reply]\npacks = ['politics', './my.toml']\n").rules()
    assert rules.lexicon is not None
    assert [found.reason for found in rules.lexicon.find("竞品")] == ["rival"]
    assert list(rules.lexicon.find("全网最低价")) == []


def test_the_faults_of_a_pack_of_words_are_faults_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text('name = "my"\nterms = [{ words = [] }]\n', "utf-8")
    lines = faults(tmp_path, "reply.packs = ['my.toml', './no.toml']")
    assert [line.replace(f"{tmp_path}/", "") for line in lines] == [
        "config.toml: my.toml: language: expected a value (missing)",
        "config.toml: my.toml: about: expected a value (missing)",
        "config.toml: my.toml: terms[0].reason: expected a value (missing)",
        "config.toml: my.toml: terms[0].why: expected a value (missing)",
        "config.toml: no.toml: expected a file (No such file or directory)",
    ]


def test_a_syntax_error_has_its_line_and_column(tmp_path: Path) -> None:
    (line,) = faults(tmp_path, "[bot]\nname = danmate\n")
    assert line == "config.toml: expected TOML: Invalid value (at line 2, column 8)"


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b"[bot]\nname = '\xff'\n")
    with pytest.raises(BadConfig, match="expected UTF-8 text, byte 14 is not"):
        load(tmp_path / "config.toml")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=r"none\.toml: expected a file"):
        load(tmp_path / "none.toml")


def test_two_rooms_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=r"rooms\[1\]: expected a room of its own, got room/local"):
        loaded(tmp_path, ROOM + ROOM).adapters({})


# Secrets ------------------------------------------------------------------------------------------


class GatedSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    token: SecretStr | None = Field(default=None, min_length=3)


class Gated:
    """A platform that needs a token."""

    platform: ClassVar[str] = "gated"
    Settings: ClassVar[type[BaseModel]] = GatedSettings


def gated(token: str) -> RoomTable:
    return RoomTable.model_validate({"platform": "gated", "catalog": "demo", "token": token})


@pytest.fixture
def platforms() -> dict[str, Any]:
    return {"gated": Gated}


def test_a_secret_in_plain_is_refused_and_not_shown(platforms: dict[str, Any]) -> None:
    with pytest.raises(BadConfig, match=r'^token: expected "env:NAME"') as caught:
        gated("oauth-canary").settings(known=platforms)
    assert "canary" not in str(caught.value)


def test_a_secret_comes_from_the_environment(platforms: dict[str, Any]) -> None:
    settings = gated("env:TOKEN").settings({"TOKEN": "canary"}, platforms)
    assert settings.token.get_secret_value() == "canary"
    assert "canary" not in repr(settings)


def test_a_secret_that_its_platform_refuses_is_not_shown(platforms: dict[str, Any]) -> None:
    with pytest.raises(BadConfig) as caught:
        gated("env:TOKEN").settings({"TOKEN": "zq"}, platforms)
    assert str(caught.value).startswith("token: expected ")
    assert "zq" not in str(caught.value)


def test_a_secret_is_looked_up_only_to_connect(platforms: dict[str, Any]) -> None:
    gated("env:TOKEN").settings(known=platforms)
    with pytest.raises(BadConfig, match="token: expected the environment variable TOKEN"):
        gated("env:TOKEN").settings({}, platforms)


def test_a_password_in_the_url_of_the_store_is_refused_and_not_shown(tmp_path: Path) -> None:
    for url in ("redis://:canary@h", "redis://h?password=canary"):
        (line,) = faults(tmp_path, f"store.url = '{url}'")
        assert line == 'config.toml: store.url: expected "env:NAME" for a URL that holds a password'


def test_the_url_of_the_store_may_come_from_the_environment(tmp_path: Path) -> None:
    store = loaded(tmp_path, "store.url = 'env:QUEUE'").store
    assert store.address({"QUEUE": "redis://:pw@h"}) == "redis://:pw@h"
    assert "pw" not in repr(store)
    with pytest.raises(BadConfig, match=r"store\.url: expected the environment variable QUEUE"):
        store.address({})


def test_a_secret_is_never_printed() -> None:
    secret = secrets.resolve("env:TOKEN", {"TOKEN": "canary"})
    assert f"{secret} {secret!r} {[secret]}" == "*** *** [***]"
    assert secret.reveal() == "canary"


# Values laid over it ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("reply.window=2", lambda config: config.reply.window == 2.0),
        ("bot.name=小美", lambda config: config.bot.name == "小美"),
        ('bot.name="5"', lambda config: config.bot.name == "5"),
        ("reply.banned=['a', 'b']", lambda config: config.reply.banned == ("a", "b")),
        ("reply.autonomy.show=auto", lambda config: config.reply.autonomy.show == "auto"),
        ("limits.room=[[2, 1.5]]", lambda config: config.limits.room == ((2, 1.5),)),
        ("rooms.0.name=b", lambda config: config.rooms[0].settings().name == "b"),
        ("store.url=redis://h:1/2", lambda config: config.store.address() == "redis://h:1/2"),
    ],
)
def test_a_value_is_laid_over_the_file(value: str, read: Any) -> None:
    config = Config()
    assert read(with_values(config, [value]))
    assert config == Config()


def test_no_values_change_nothing(tmp_path: Path) -> None:
    config = loaded(tmp_path, "[models]\nreader_adapter = 'a'\n" + ROOM + "name = 'n'\n")
    assert with_values(config, []) == config


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("reply.window", "--set reply.window: expected section.key=value"),
        ("reply.window=x", '--set reply.window: expected a number, got "x"'),
        (
            "rooms.3.name=x",
            "--set rooms.3.name: expected section.key, or rooms.0.key for the first room",
        ),
        (
            "log.levl=info",
            "--set log.levl: expected one of level, format (unknown key, did you mean level?)",
        ),
        (
            "store.url=redis://:pw@h",
            '--set store.url: expected "env:NAME" for a URL that holds a password',
        ),
    ],
)
def test_a_value_that_is_wrong_is_one_line(value: str, fault: str) -> None:
    with pytest.raises(BadConfig) as caught:
        with_values(Config(), [value])
    assert list(caught.value.faults) == [fault]


# The doctor ---------------------------------------------------------------------------------------


def test_the_doctor_sees_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        assert not doctor.port("127.0.0.1", number).ok
    assert doctor.port("127.0.0.1", number).ok


def test_the_doctor_sees_models_that_are_not_there() -> None:
    assert doctor.weights("writer", "none", {}).ok
    check = doctor.weights("reader", "/no/such/folder", {})
    assert not check.ok
    assert "/no/such/folder" in check.text


async def test_the_doctor_starts_the_embedded_server() -> None:
    assert await doctor.store(Config()) == Check(
        "store", ok=True, text="the embedded server answers"
    )


async def test_the_doctor_names_a_server_that_is_no_url() -> None:
    check = await doctor.store(with_values(Config(), ["store.url=ftp://h"]))
    assert (check.ok, "store.url" in check.text) == (False, True)


def test_the_doctor_sees_catalogues_versions_and_encodings(tmp_path: Path) -> None:
    assert doctor.catalogue(DEMO).ok
    assert not doctor.catalogue(tmp_path / "none.toml").ok
    assert not doctor.python((3, 10, 9)).ok
    assert (doctor.terminal("UTF-8").ok, doctor.terminal("ascii").ok) == (True, False)


def test_two_platforms_do_not_share_a_log_in(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        '[[rooms]]\nplatform = "twitch"\nchannel = "ann"\naccount = "mine"\ncatalog = "demo"\n'
        '[[rooms]]\nplatform = "bilibili"\nroom = 6\nsource = "web"\naccept_risk = true\n'
        'account = "mine"\ncatalog = "demo"\n',
        "utf-8",
    )
    with pytest.raises(BadConfig, match=r"^rooms\[1\]\.account: expected a log-in of its own"):
        load(file).adapters({})
