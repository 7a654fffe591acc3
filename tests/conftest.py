"""What all tests share."""

import pytest


def pytest_addoption(parser):
    parser.addoption(
        "--run-package", action="store_true", help="build the wheel and install it (needs a package index)"
    )


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--run-package"):
        skip = pytest.mark.skip(reason="installs packages: `make package` runs it")
        for item in items:
            if "tests/package/" in item.nodeid and item.get_closest_marker("installs"):
                item.add_marker(skip)
