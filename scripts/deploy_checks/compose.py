"""Reads a compose file as strictly as its specification does, and says what is named and not there."""

import sys
from pathlib import Path

import yaml
from compose_spec import PyOptions


def main(file: str) -> None:
    text = Path(file).read_text()
    # An error names the key that there isn't, or the value that can't be; also configs and secrets that nobody defines.
    PyOptions(apply_merge=True).from_yaml(text).validate()
    spec = yaml.safe_load(text)
    services, volumes = spec["services"], spec.get("volumes", {})
    for name, service in services.items():
        for other in service.get("depends_on", {}):
            assert other in services, f"{name} depends on {other}, which is no service"
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source.startswith(("/", ".")) or source in volumes, f"{name} wants {source}, which is no volume"


if __name__ == "__main__":
    main(sys.argv[1])
