"""The command line as people type it: a demo to try, a town to set up, words when it is wrong."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.web.served import TOWN, free_port
from vamt import __version__, demo, settings
from vamt.cli import main

pytestmark = pytest.mark.timeout(180)  # a process takes a while to start on a busy machine

PATIENCE = 50  # seconds for one answer
VAMT = [sys.executable, "-m", "vamt"]
ENV = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}


@pytest.fixture(autouse=True)
def mask() -> Iterator[None]:
    """`vamt` changes the umask of its process, which here is ours."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def run(*words: object, typed: str = "") -> Result:
    """A command in this process."""
    return CliRunner().invoke(main, [str(word) for word in words], input=typed)


class Server:
    """A command that serves, in a process of its own."""

    def __init__(self, folder: Path, *words: object, first: str = "{") -> None:
        self.log = folder / "log.txt"
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [*VAMT, *map(str, words)],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=folder,
                env=ENV,
            )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()
        if not self.line.startswith(first):
            self.stop()
            raise AssertionError(self.line + self.log.read_text())

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to stop; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(PATIENCE)
        finally:
            assert self.process.stdout is not None
            self.process.stdout.close()


def get(url: str, data: dict[str, str] | None = None) -> tuple[int, str]:
    """Status and text."""
    body = urllib.parse.urlencode(data).encode() if data else None
    try:
        with urllib.request.urlopen(url, body, timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


# --- the demo


def test_the_demo_tells_where_to_go(tmp_path: Path) -> None:
    """One JSON line once it serves; every address in it works; a restart keeps the log-ins."""
    port = free_port()
    words = ("demo", "--json", "--port", port, "--data", tmp_path / "data")
    server = Server(tmp_path, *words)
    try:
        facts: dict[str, Any] = json.loads(server.line)
        url = f"http://localhost:{port}"
        assert facts["url"] == f"{url}/" and facts["desk_url"] == f"{url}/amt"
        assert facts["mailbox_url"] == f"{url}/postfach"
        assert len(facts["clerks"]) == 3 and set(facts["clerks"][0]) == {"user", "password"}
        for key in ("url", "desk_url", "mailbox_url"):
            assert get(facts[key])[0] == 200
        status, page = get(facts["url"] + "amt/anmelden", facts["clerks"][1])
        assert status == 200 and "desk" in page
        status, text = get(facts["url"] + "api/v1/services/beratung/slots")
        assert json.loads(text), "the demo has to be open now"
        assert server.process.stdout is not None and server.process.poll() is None

        again = subprocess.run(
            [*VAMT, *map(str, words)], capture_output=True, text=True, timeout=PATIENCE
        )
        assert again.returncode == 1
        assert f"cannot listen on 127.0.0.1:{port}" in again.stderr
        assert "Traceback" not in again.stderr

        # a link in a request that cannot even be parsed must not end up in the log
        with socket.create_connection(("127.0.0.1", port)) as raw:
            raw.sendall(b"GET /termin/GEHEIMER-LINK?" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n")
            assert b" 400 " in raw.recv(1000)
    finally:
        assert server.stop(signal.SIGINT) == 0
    log = server.log.read_text()
    assert "GEHEIMER-LINK" not in log and "Traceback" not in log, log
    for clerk in facts["clerks"]:
        assert clerk["password"] not in log

    server = Server(tmp_path, *words)
    assert json.loads(server.line) == facts
    assert server.stop() == 0
    for file in (tmp_path / "data").iterdir():
        assert file.stat().st_mode & 0o077 == 0, f"{file} can be read by others"


def test_the_demo_greets_people(tmp_path: Path) -> None:
    port = free_port()
    server = Server(tmp_path, "demo", "--port", port, "--data", tmp_path / "data", first="\n")
    try:
        assert server.process.stdout is not None
        shown = "".join(server.process.stdout.readline() for _ in range(11))
    finally:
        server.stop()
    assert f"http://localhost:{port}/" in shown and "/postfach" in shown and "Strg+C" in shown
    assert re.search(r"keller +[a-z2-7]{12}", shown)


# --- a real town


def test_init_makes_a_town_that_starts(tmp_path: Path) -> None:
    """init, add a clerk, serve: what the command says to do next works as it says."""
    folder = tmp_path / "meine stadt"
    done = run("init", folder)
    assert done.exit_code == 0, done.output
    config = folder / "vamt.toml"
    assert config.exists() and (folder / "pictures").is_dir()
    for command in ("clerk add", "serve"):
        assert f"vamt {command} --config {config}" in done.output
    town = settings.load(config)
    assert not town.demo and town.service and town.opening

    before = config.read_text()
    refused = run("init", folder)
    assert refused.exit_code == 1 and "already there" in refused.output
    assert config.read_text() == before

    assert run("clerk", "add", "--config", config, "anna", typed="ein gutes Wort\n").exit_code == 0
    port = free_port()
    text = re.sub(r"(?m)^#? ?port = \d+", f"port = {port}", before, count=1)
    text = re.sub(r"(?m)^#? ?public_url = .*", f'public_url = "http://localhost:{port}"', text)
    config.write_text(text)
    assert settings.load(config).server.port == port
    server = Server(tmp_path, "serve", "--config", config, first="ready on ")
    try:
        assert server.line == f"ready on http://localhost:{port}\n"
        assert get(f"http://localhost:{port}/healthz") == (200, '{"ok": true}')
        assert get(f"http://localhost:{port}/postfach")[0] == 404
        login = {"user": "anna", "password": "ein gutes Wort"}
        assert get(f"http://localhost:{port}/amt/anmelden", login)[0] == 200
        # the shell and the server share the accounts
        assert run("clerk", "disable", "--config", config, "anna").exit_code == 0
        assert get(f"http://localhost:{port}/amt/anmelden", login)[0] == 403
    finally:
        assert server.stop() == 0
    assert "Traceback" not in server.log.read_text()


WRONG: list[tuple[str, str, str]] = [
    # what is replaced, by what, what the words have to name
    ('name = "Kleinstadt"', 'nmae = "Kleinstadt"', "town"),
    ('name = "Kleinstadt"', "name = 5", "$.town.name"),
    ('phone = "+49 7171 555 0199"', 'fone = "1"', "fone"),
    ("[town]", "[twon]", "twon"),
    ("[town]", "[town", "line"),
    ('accent = "#123456"', 'accent = "blue"', "town.accent"),
    ("horizon_days = 28", 'horizon_days = "many"', "$.booking.horizon_days"),
    ("horizon_days = 28", "horizon_days = -1", "booking.horizon_days"),
    ("opens_minutes_before = 120", "opens_minutes = 120", "opens_minutes"),
    ('days = ["mon", "wed"]', 'days = ["monday"]', "monday"),
    ("from = 09:00:00\nto = 12:00:00", "from = 12:00:00\nto = 09:00:00", "opening no. 1"),
    ("desks = 2", "desks = 0", "opening no. 1"),
    ('id = "rat"', 'id = "Rat!"', "Rat!"),
    ('id = "rat"', 'id = "ausweis"', "service.id"),
    ('id = "rat"\nminutes = 10', 'id = "rat"\nminutes = 7', "'rat'"),
    ('kind = "date"', 'kind = "dates"', "birth_date"),
    ("[booking]", "[server]\nport = 70000\n[booking]", "server.port"),
    ("[booking]", '[mail]\ntls = "maybe"\n[booking]', "mail.tls"),
    ("[booking]", "[surprise]\n[booking]", "surprise"),
    ("languages = ", "demo = true\nlanguages = ", "demo"),
]


def test_wrong_settings_are_named(tmp_path: Path) -> None:
    """Whatever is wrong in vamt.toml: its file, its key, one line, status 1, and no traceback."""
    config = tmp_path / "vamt.toml"
    for old, new, named in WRONG:
        assert old in TOWN
        config.write_text(TOWN.replace(old, new, 1))
        done = run("clerk", "list", "--config", config)
        assert done.exit_code == 1, (new, done.output)
        assert done.output.startswith(f"Error: {config}"), done.output
        assert named in done.output, (new, done.output)
        assert len(done.output.splitlines()) == 1, done.output
        assert isinstance(done.exception, SystemExit)
    assert not (tmp_path / "data").exists()


def test_serving_wrong_settings(tmp_path: Path) -> None:
    """The same words from the command that serves: the key, one line, status 1."""
    for text, said in (
        (None, "Error: vamt.toml: No such file or directory"),
        (TOWN.replace("hold_minutes = 10", "hold_minute = 10"), "hold_minute"),
    ):
        if text is not None:
            (tmp_path / "vamt.toml").write_text(text)
        done = subprocess.run(
            [*VAMT, "serve"],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=PATIENCE,
            env=ENV,
        )
        assert done.returncode == 1
        assert said in done.stderr and done.stderr.startswith("Error: vamt.toml: "), done.stderr
        assert len(done.stderr.splitlines()) == 1 and not done.stdout


def test_binary_settings(tmp_path: Path) -> None:
    config = tmp_path / "vamt.toml"
    config.write_bytes(b"\xff\xfe\x00town")
    done = run("clerk", "list", "--config", config)
    assert done.exit_code == 1
    assert done.output.startswith(f"Error: {config}"), done.output


# --- clerks


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The small town's settings."""
    (tmp_path / "vamt.toml").write_text(TOWN)
    return tmp_path / "vamt.toml"


def test_clerks_come_and_go(config: Path) -> None:
    assert run("clerk", "list", "--config", config).output == ""
    done = run(
        "clerk", "add", "--config", config, "anna", "--name", "Anna Amsel", typed="ein gutes Wort\n"
    )
    assert (done.exit_code, done.output) == (0, "anna can sign in.\n")
    done = run(
        "clerk", "add", "--config", config, "berta", "--role", "admin", typed="noch ein Wort\n"
    )
    assert done.exit_code == 0
    lines = run("clerk", "list", "--config", config).output.splitlines()
    assert [line.split() for line in lines] == [
        ["anna", "clerk", "Anna", "Amsel"],
        ["berta", "admin", "berta"],
    ]
    assert run("clerk", "disable", "--config", config, "anna").exit_code == 0
    lines = run("clerk", "list", "--config", config).output.splitlines()
    assert lines[0].split()[:3] == ["anna", "clerk", "locked"]
    assert "ein gutes Wort" not in "".join(lines)
    assert run("clerk", "enable", "--config", config, "anna").exit_code == 0
    assert "locked" not in run("clerk", "list", "--config", config).output
    done = run("clerk", "password", "--config", config, "anna", typed="ein neues Wort\n")
    assert done.exit_code == 0


WRONG_WORDS = [
    (["add", "anna"], "kurz\n", "at least 10 characters"),
    (["add", "anna"], "", "at least 10 characters"),
    (["add", "Anna Amsel"], "ein gutes Wort\n", "2 to 60 of a-z"),
    (["add", "a"], "ein gutes Wort\n", "2 to 60 of a-z"),
    (["add", "berta"], "ein gutes Wort\n", "taken"),
    (["add", "anna", "--name", "x" * 200], "ein gutes Wort\n", "too long"),
    (["add", "anna", "--role", "king"], "ein gutes Wort\n", "'king' is not one of"),
    (["disable", "nobody"], "", "no such user"),
    (["enable", "nobody"], "", "no such user"),
    (["password", "nobody"], "ein gutes Wort\n", "no such user"),
    (["password", "berta"], "kurz\n", "at least 10 characters"),
]


def test_wrong_words_about_clerks(config: Path) -> None:
    done = run("clerk", "add", "--config", config, "berta", typed="ein Wort für B\n")
    assert done.exit_code == 0
    before = run("clerk", "list", "--config", config).output
    for words, typed, said in WRONG_WORDS:
        done = run("clerk", words[0], "--config", config, *words[1:], typed=typed)
        assert done.exit_code in (1, 2)
        assert said in done.output, done.output
        assert isinstance(done.exception, SystemExit)
    assert run("clerk", "list", "--config", config).output == before


# --- help


def test_the_fields_of_a_form_are_listed(tmp_path: Path) -> None:
    form = demo.TOWN.parent / "services" / "anmeldung.pdf"
    shown = run("fields", form)
    assert shown.exit_code == 0 and '#"person.name" = "{key}"' in shown.output
    assert run("fields", tmp_path / "none.pdf").output.endswith(
        "none.pdf: No such file or directory\n"
    )
    (tmp_path / "none.pdf").write_bytes(b"no form")
    failed = run("fields", tmp_path / "none.pdf")
    assert failed.exit_code == 1 and "none.pdf: cannot be read as a PDF" in failed.output


def test_help_and_version() -> None:
    assert run("--version").output.strip().endswith(__version__)
    shown = run("--help").output
    for command in ("demo", "init", "serve", "clerk"):
        assert re.search(rf"(?m)^  {command} ", shown), shown
        assert run(command, "--help").exit_code == 0
    assert run("nonsense").exit_code == 2
