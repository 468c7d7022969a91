"""The committed code is what the schema makes."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf.internal import api_implementation

from data.brokers.upstox.proto import market_feed_pb2 as pb

PROJECT = Path(__file__).resolve().parents[4]
SCHEMA = "data/brokers/upstox/proto/market_feed.proto"
VERSIONS = re.compile(r"# Protobuf Python Version.*|^    \d+,$", re.MULTILINE)


@pytest.mark.parametrize("name", ["market_feed_pb2.py", "market_feed_pb2.pyi"])
def test_the_generated_code_is_what_the_schema_makes(tmp_path: Path, name: str) -> None:
    command = [sys.executable, "-m", "grpc_tools.protoc", "-I.", f"--python_out={tmp_path}"]
    subprocess.run([*command, f"--pyi_out={tmp_path}", SCHEMA], cwd=PROJECT, check=True)
    committed = (PROJECT / SCHEMA).with_name(name).read_text()
    made = (tmp_path / SCHEMA).with_name(name).read_text()
    assert VERSIONS.sub("", committed) == VERSIONS.sub("", made)


def test_the_fast_protobuf_is_in_use() -> None:
    assert api_implementation.Type() == "upb"


def test_our_names_are_our_own() -> None:
    assert pb.DESCRIPTOR.package == "strikedesk.upstox"
