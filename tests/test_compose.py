"""docker-compose.yml is a whole set: every role, its health, its grace, and nothing open to all."""

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bot.cli import app
from bot.config import SHIPPED, load, with_values

yaml: Any = pytest.importorskip("yaml")  # transformers brings it

ROOT = Path(__file__).parents[1]
FILE = ROOT / "docker-compose.yml"
ROLES = ("gateway", "worker", "web")
PROFILES = {"mqtt": ["mqtt"], "writer": ["gpu"]}


def filled(text: str) -> str:
    """Put the defaults where compose would look into the environment."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


def docker(*words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "WORKERS": "3"}
    return subprocess.run(
        ["docker", *words], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load(filled(FILE.read_text("utf-8")))


@pytest.fixture(scope="module")
def services(compose: Any) -> dict[str, Any]:
    found: dict[str, Any] = compose["services"]
    return found


def test_each_role_and_each_profile_has_its_service(services: dict[str, Any]) -> None:
    assert set(services) == {"queue", *ROLES, *PROFILES}
    profiles = {name: service.get("profiles") for name, service in services.items()}
    assert {name: found for name, found in profiles.items() if found} == PROFILES


def test_each_service_says_how_it_is_and_may_finish(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert {"test", "interval", "timeout", "retries"} <= set(service["healthcheck"]), name
        assert service["stop_grace_period"] == "15s", name
        assert service["restart"] == "unless-stopped", name


@pytest.mark.parametrize("role", ROLES)
def test_each_role_is_told_what_danmate_understands(services: dict[str, Any], role: str) -> None:
    words = shlex.split(services[role]["command"])
    assert words[:3] == ["run", "--role", role]
    assert set(words[3::2]) == {"--set"}
    config = with_values(load(SHIPPED), words[4::2])
    assert config.store.url == "redis://queue:6379"
    assert services[role]["depends_on"]["queue"]["condition"] == "service_healthy"


def test_a_page_is_asked_where_it_is_served(services: dict[str, Any]) -> None:
    for role in ("gateway", "web"):
        config = with_values(load(SHIPPED), shlex.split(services[role]["command"])[4::2])
        code = services[role]["healthcheck"]["test"][-1]
        assert f"127.0.0.1:{config.web.port}/healthz" in code
        compile(code, "healthcheck", "exec")


def test_a_worker_is_asked_by_a_command_that_there_is(services: dict[str, Any]) -> None:
    kind, program, command, option, value = services["worker"]["healthcheck"]["test"]
    assert (kind, program, option) == ("CMD", "danmate", "--set")
    callbacks = [each.callback for each in app.registered_commands]
    assert command in {callback.__name__ for callback in callbacks if callback}
    assert value in services["worker"]["command"]


def test_the_queue_keeps_what_it_is_told(services: dict[str, Any], compose: Any) -> None:
    command = services["queue"]["command"]
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    assert services["queue"]["volumes"] == ["queue:/data"]
    kept = {
        volume.partition(":")[0]
        for service in services.values()
        for volume in service["volumes"]
        if not volume.startswith(".")
    }
    assert kept == set(compose["volumes"])


def test_ports_are_open_to_this_machine_alone(services: dict[str, Any]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_broker_drops_nothing_that_it_has_acknowledged(services: dict[str, Any]) -> None:
    mounted = next(each for each in services["mqtt"]["volumes"] if each.startswith("."))
    lines = (ROOT / mounted.partition(":")[0]).read_text("utf-8").splitlines()
    settings = dict(line.split(" ", 1) for line in lines if line and not line.startswith("#"))
    assert settings["max_queued_messages"] == "100000"
    assert settings["persistence"] == "true"
    assert any(each.endswith(settings["persistence_location"].rstrip("/"))
               for each in services["mqtt"]["volumes"])  # fmt: skip


def test_the_client_takes_it(services: dict[str, Any]) -> None:
    if not shutil.which("docker") or docker("compose", "version").returncode:
        pytest.skip("docker with its compose plugin is not installed")
    done = docker("compose", "--profile", "mqtt", "--profile", "gpu", "config", "--format", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["services"]
    assert set(found) == set(services)
    assert found["worker"]["deploy"]["replicas"] == 3
