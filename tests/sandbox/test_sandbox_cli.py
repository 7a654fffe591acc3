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
from tests.sandbox.upstream_server import UpstreamServer, body

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
        first, *requests = process.stderr.read().splitlines()
        where = exported["HATZ_BASE_URL"]
        assert first == (
            f"hatz sandbox: serving {where} (no model behind it, fixed rules make the answers). Ctrl-C stops it."
        )
        assert requests == ["GET /v1/chat/models 200"]


def served(*options):
    """`hatz sandbox` as a process, and where it serves."""
    command = [*HATZ, "sandbox", "--pace", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return process, process.stderr.readline()


def test_the_list_has_the_model_and_the_reason_of_a_refusal():
    process, first = served()
    with process:
        where = urlsplit(re.search(r"http://\S+", first).group())
        for body in ('{"model": "gpt-5.2", "input": 5}', '{"model": "gpt-5.2", "input": "Hi"}', "no JSON"):
            connection = http.client.HTTPConnection(where.netloc, timeout=20)
            connection.request("POST", "/v1/openai/responses", body, {"X-API-Key": "hatz-sandbox-key"})
            connection.getresponse().read()
            connection.close()
        process.send_signal(signal.SIGINT)
        lines = process.stderr.read().splitlines()
    assert lines[0].startswith("POST /v1/openai/responses gpt-5.2 400 Invalid type for 'input': expected one of")
    assert lines[1] == "POST /v1/openai/responses gpt-5.2 200"
    assert lines[2].startswith("POST /v1/openai/responses 400 The request body is not valid JSON")


def test_without_a_reader_it_ends_quietly():
    """As `hatz sandbox | head -1` does."""
    process, _ = served()
    with process:
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=30) == 0
        assert process.stderr.read() == ""


def test_two_serve_side_by_side():
    first, second = served(), served()
    places = [re.search(r"http://\S+", line).group() for _, line in (first, second)]
    for process, _ in (first, second):
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        process.stdout.close()
        process.stderr.close()
    assert len(set(places)) == 2


@pytest.mark.parametrize(
    ("form", "lines"),
    [
        ([], "export HATZ_BASE_URL=http://127.0.0.1:8123/v1\nexport HATZ_API_KEY=hatz-sandbox-key\n"),
        (["sh"], "export HATZ_BASE_URL=http://127.0.0.1:8123/v1\nexport HATZ_API_KEY=hatz-sandbox-key\n"),
        (
            ["powershell"],
            '$env:HATZ_BASE_URL = "http://127.0.0.1:8123/v1"\n$env:HATZ_API_KEY = "hatz-sandbox-key"\n',
        ),
        (["dotenv"], "HATZ_BASE_URL=http://127.0.0.1:8123/v1\nHATZ_API_KEY=hatz-sandbox-key\n"),
    ],
)
def test_environment_lines_are_printed_and_nothing_is_served(form, lines):
    done = hatz("sandbox", "--print-env", *form)
    assert (done.returncode, done.stdout, done.stderr) == (0, lines, "")
    assert ":9000/v1" in hatz("sandbox", "--port", "9000", "--print-env", *form).stdout


def test_eval_of_the_lines_does_not_hang():
    command = f'eval "$({sys.executable} -m hatz_cli sandbox --print-env)"; echo "$HATZ_BASE_URL"'
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "http://127.0.0.1:8123/v1\n"


def test_a_model_behind_it_is_said_and_answers():
    program = (
        "import json, os, urllib.request as u\n"
        "body = json.dumps({'model': 'gpt-5.2', 'input': 'Hi'}).encode()\n"
        "request = u.Request(os.environ['HATZ_BASE_URL'] + '/openai/responses', body, {'X-API-Key': os.environ['HATZ_API_KEY']})\n"
        "print(json.load(u.urlopen(request))['output_text'])"
    )
    with UpstreamServer() as upstream:
        upstream.answers = [body(content="From the model.")]
        options = ["--upstream", upstream.url, "--model", "large", "--api-key-env", "MY_KEY"]
        environment = {**os.environ, "MY_KEY": "secret-7"}
        done = hatz("sandbox", *options, "--", sys.executable, "-c", program, env=environment)
        assert (done.returncode, done.stdout, done.stderr) == (0, "From the model.\n", "")
        assert (upstream.asked[0]["model"], upstream.keys) == ("large", ["Bearer secret-7"])
        process, first = served("--upstream", upstream.url)
        with process:
            process.send_signal(signal.SIGINT)
            rest = process.stderr.read()
    assert f"(answers come from {upstream.url}/v1, model small). Ctrl-C stops it." in first
    assert rest == ""


def test_an_upstream_that_is_not_there_is_said_before_the_first_request():
    process, first = served("--upstream", "http://127.0.0.1:9")
    with process:
        second = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
    assert "The upstream server http://127.0.0.1:9/v1 cannot be reached" in first
    assert "serving http://127.0.0.1:" in second


def test_a_port_in_use_is_said(sandbox):
    port = re.search(r":(\d+)/", sandbox.base_url).group(1)
    done = hatz("sandbox", "--port", port)
    assert done.returncode == 2
    assert f"cannot listen on port {port}" in done.stderr


def test_without_the_extra_the_way_out_is_said(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['jsonschema'] = None\n")
    done = hatz("sandbox", env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert done.returncode == 2
    assert (
        done.stderr
        == 'hatz sandbox: the sandbox needs its extra: pip install ".[sandbox]" in a clone of hatz-integrations\n'
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--port", "99999"], "'99999' is not a port: use a number from 0 to 65535"),
        (["--port", "http"], "'http' is not a port"),
        (["--pace", "-1"], "'-1' is not a number of seconds"),
        (["--pace", "nan"], "'nan' is not a number of seconds"),
        (["--"], "there is no program after --"),
        (["--model", "x"], "--model and --api-key-env belong to --upstream"),
        (["--upstream", "localhost:11434"], "'localhost:11434' is no URL of a server"),
        (
            ["--upstream", "http://localhost:9", "--api-key-env", "NOT_SET"],
            "the variable NOT_SET that --api-key-env names",
        ),
        (["--print-env", "fish"], "invalid choice: 'fish'"),
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
