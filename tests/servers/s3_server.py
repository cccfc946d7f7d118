"""OpenStack Swift's S3 API in one process, for the storage tests.

Run as `python tests/servers/s3_server.py FOLDER`. Prints its port once it answers, and ends when
its standard input closes, so it never outlives the tests. It keeps what it stores in FOLDER,
whose file system must allow extended attributes, and verifies every signature.
"""

import os
import sys
from pathlib import Path

import eventlet
from eventlet import hubs, wsgi
from eventlet.green import socket

eventlet.patcher.monkey_patch(all=False, socket=True, select=True, thread=True)

from swift.common import storage_policy, utils  # noqa: E402
from swift.common.http_protocol import SwiftHttpProtocol  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.wsgi import loadapp  # noqa: E402

KEY, SECRET = "tests:tester", "a-secret-for-tests"
PIPELINE = (
    "catch_errors gatekeeper cache listing_formats s3api tempauth copy slo dlo"
    " symlink versioned_writes proxy-server"
)
FILTERS = {
    "catch_errors": {},
    "gatekeeper": {},
    "cache": {"use": "egg:swift#memcache"},
    "listing_formats": {},
    "s3api": {"location": "us-east-1", "dns_compliant_bucket_names": "true"},
    "tempauth": {f"user_{KEY.replace(':', '_')}": f"{SECRET} .admin"},
    "copy": {},
    "slo": {},
    "dlo": {},
    "symlink": {},
    "versioned_writes": {"allow_versioned_writes": "true"},
}


def write_settings(folder: Path, ports: dict[str, int]) -> None:
    """Write Swift's settings and its rings of one device."""
    settings = folder / "settings"
    settings.mkdir()
    (folder / "node" / "disk").mkdir(parents=True)
    (settings / "swift.conf").write_text(
        "[swift-hash]\nswift_hash_path_prefix = tests\nswift_hash_path_suffix = tests\n"
        "[storage-policy:0]\nname = only\ndefault = yes\n"
    )
    shared = f"swift_dir = {settings}\nbind_ip = 127.0.0.1\nlog_level = CRITICAL\n"
    for name in ("account", "container", "object"):
        ring = RingBuilder(4, 1, 0)
        ring.add_dev(
            {
                "region": 1,
                "zone": 1,
                "ip": "127.0.0.1",
                "port": ports[name],
                "device": "disk",
                "weight": 1,
            }
        )
        ring.rebalance()
        ring.get_ring().save(str(settings / f"{name}.ring.gz"))
        (settings / f"{name}-server.conf").write_text(
            f"[DEFAULT]\n{shared}devices = {folder / 'node'}\nmount_check = false\n"
            "disable_fallocate = true\n"
            f"[pipeline:main]\npipeline = {name}-server\n"
            f"[app:{name}-server]\nuse = egg:swift#{name}\n"
        )
    filters = "".join(
        f"[filter:{name}]\n"
        + "".join(
            f"{key} = {value}\n" for key, value in {"use": f"egg:swift#{name}", **more}.items()
        )
        for name, more in FILTERS.items()
    )
    (settings / "proxy-server.conf").write_text(
        f"[DEFAULT]\n{shared}[pipeline:main]\npipeline = {PIPELINE}\n"
        "[app:proxy-server]\nuse = egg:swift#proxy\n"
        f"allow_account_management = true\naccount_autocreate = true\n{filters}"
    )


def serve(folder: Path) -> None:
    """Serve until standard input closes."""
    listeners = {
        name: eventlet.listen(("127.0.0.1", 0))
        for name in ("account", "container", "object", "proxy")
    }
    ports = {name: listener.getsockname()[1] for name, listener in listeners.items()}
    write_settings(folder, ports)
    utils.set_swift_dir(str(folder / "settings"))
    utils.validate_configuration()
    storage_policy.reload_storage_policies()
    for name, listener in listeners.items():
        app = loadapp(
            str(folder / "settings" / f"{name}-server.conf"), global_conf={"log_name": name}
        )
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        eventlet.spawn(
            wsgi.server,
            listener,
            app,
            protocol=SwiftHttpProtocol,
            custom_pool=eventlet.GreenPool(100),
            log_output=False,
            capitalize_response_headers=False,
        )
    sys.stdout.write(f"{ports['proxy']}\n")
    sys.stdout.flush()
    hubs.trampoline(sys.stdin.fileno(), read=True)
    os._exit(0)


if __name__ == "__main__":
    serve(Path(sys.argv[1]).resolve())
