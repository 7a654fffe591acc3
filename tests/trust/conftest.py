"""The option that writes the tables of docs/reliability.md anew: `python -m pytest tests/trust --write-docs`."""


def pytest_addoption(parser):
    parser.addoption("--write-docs", action="store_true", help="write the tables of docs/reliability.md anew")
