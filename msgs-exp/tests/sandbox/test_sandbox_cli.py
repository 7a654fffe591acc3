"""The `hatz` command as a process, and the pytest fixture."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import hatz_cli

HATZ = [sys.executable, "-c", "import sys, hatz_cli; sys.exit(hatz_cli.main())"]


def hatz(*arguments, **options):
    return subprocess.run([*HATZ, *arguments], capture_output=True, text=True, timeout=60, check=False, **options)


def test_a_program_gets_the_environment_and_gives_the_exit_code():
    program = (
        "import os, sys, urllib.request as u\n"
        "request = u.Request(os.environ['HATZ_BASE_URL'] + '/chat/models', headers={'X-API-Key': os.environ['HATZ_API_KEY']})\n"
        "print(u.urlopen(request).status, sys.argv[1:])\n"
        "sys.exit(7)"
    )
    done = hatz("sandbox", "--", sys.executable, "-c", program, "--port", "x")
    assert (done.returncode, done.stdout, done.stderr) == (7, "200 ['--port', 'x']\n", "")


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="commands are read as Linux lists them")
def test_the_key_is_in_no_command_line():
    program = (
        "import os\n"
        "shown = [open(f'/proc/{number}/cmdline').read() for number in (os.getpid(), os.getppid())]\n"
        "print([os.environ['HATZ_API_KEY'] in one for one in shown])"
    )
    assert hatz("sandbox", "--", sys.executable, "-c", program).stdout == "[False, False]\n"


def test_a_killed_program_gives_128_and_the_signal():
    program = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"
    assert hatz("sandbox", "--", sys.executable, "-c", program).returncode == 128 + signal.SIGTERM


def test_an_unknown_program_is_said():
    done = hatz("sandbox", "--", "no-such-program-at-all")
    assert done.returncode == 127
    assert "cannot run no-such-program-at-all" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_reach_the_program(number):
    program = (
        "import signal, sys, time\n"
        "for number in (signal.SIGINT, signal.SIGTERM): signal.signal(number, lambda n, f: sys.exit(40 + n))\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)"
    )
    command = [*HATZ, "sandbox", "--", sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.wait(timeout=30) == 40 + number


def test_serving_prints_two_exports_and_ends_on_a_signal():
    command = [*HATZ, "sandbox", "--pace", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        lines = [process.stdout.readline() for _ in range(2)]
        exported = dict(re.fullmatch(r"export (\w+)=(\S+)\n", line).groups() for line in lines)
        connection = http.client.HTTPConnection(urlsplit(exported["HATZ_BASE_URL"]).netloc, timeout=20)
        connection.request("GET", "/v1/chat/models", headers={"X-API-Key": exported["HATZ_API_KEY"]})
        assert connection.getresponse().status == 200
        connection.close()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
        assert process.stderr.read() == "GET /v1/chat/models 200\n"


def test_a_port_in_use_is_said(sandbox):
    port = re.search(r":(\d+)/", sandbox.base_url).group(1)
    done = hatz("sandbox", "--port", port)
    assert done.returncode == 2
    assert f"cannot listen on port {port}" in done.stderr


def test_without_the_extra_the_way_out_is_said(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['jsonschema'] = None\n")
    done = hatz("sandbox", env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert done.returncode == 2
    assert done.stderr == 'hatz sandbox: the sandbox needs its extra: pip install "hatz-integrations[sandbox]"\n'


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--port", "99999"], "'99999' is no port: a number from 0 to 65535"),
        (["--port", "http"], "'http' is no port"),
        (["--pace", "-1"], "'-1' is no number of seconds"),
        (["--pace", "nan"], "'nan' is no number of seconds"),
        (["--"], "there is no program after --"),
    ],
)
def test_wrong_use_is_said(arguments, said):
    done = hatz("sandbox", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_version_and_help(capsys):
    with pytest.raises(SystemExit) as ended:
        hatz_cli.main(["--version"])
    assert ended.value.code == 0
    assert re.fullmatch(r"hatz \d\S*\n", capsys.readouterr().out)
    assert hatz_cli.main([]) == 2
    assert "sandbox" in capsys.readouterr().out


def test_the_command_is_installed():
    script = shutil.which("hatz", path=str(Path(sys.executable).parent))
    if script is None:
        pytest.skip("the package is not installed beside this Python")
    assert subprocess.run([script, "--version"], capture_output=True, check=False).returncode == 0


def test_the_fixture_sets_the_environment(hatz_sandbox):
    assert os.environ["HATZ_BASE_URL"] == hatz_sandbox.base_url
    assert os.environ["HATZ_API_KEY"] == hatz_sandbox.api_key
    assert hatz_sandbox.requests == []


def test_the_plugin_imports_nothing_of_the_sandbox():
    check = "import sys, hatz_sandbox.pytest_plugin; print(*[name for name in sys.modules if name.startswith(('http.server', 'jsonschema'))])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
