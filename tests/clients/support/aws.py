"""boto3 clients for an engine.

botocore of Debian 12 (1.26) knows 26 of the 37 operations. There the API model that the engine
itself is built with is given to botocore in its own form, so that the same tests run with the
client code of Debian; `MODEL_NOTE` says which of both it was.
"""
import atexit
import json
import os
import shutil
import tempfile

import boto3
import botocore
import botocore.session
from botocore.config import Config

REGION = "us-east-1"
ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/pawl"
_ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
_SYNC_OPERATIONS = ("StartSyncExecution", "TestState")
_IDEMPOTENCY_TOKENS = {("RedriveExecutionInput", "clientToken")}
# GetActivityTask waits for 60 seconds, which is botocore's own read time-out.
_READ_SECONDS = 70


def engine_model():
    """The model the engine is built with: operations and shapes, without documentation."""
    with open(os.path.join(_ROOT, "engine", "api", "aws", "sfn_model.json"),
              encoding="utf-8") as file:
        return json.load(file)


def _shape(name, shape):
    """A shape in botocore's form: members are objects that name their shape."""
    out = dict(shape)
    if "members" in out:
        out["members"] = {member: {"shape": of} for member, of in out["members"].items()}
        for member in out["members"]:
            if (name, member) in _IDEMPOTENCY_TOKENS:
                out["members"][member]["idempotencyToken"] = True
    for key in ("member", "key", "value"):
        if key in out:
            out[key] = {"shape": out[key]}
    return out


def _botocore_model():
    model = engine_model()
    operations = {}
    for name, operation in model["operations"].items():
        operations[name] = {
            "name": name,
            "http": {"method": "POST", "requestUri": "/"},
            "input": {"shape": operation["input"]},
            "output": {"shape": operation["output"]},
            "errors": [{"shape": error} for error in operation["errors"]],
        }
        if name in _SYNC_OPERATIONS:
            operations[name]["endpoint"] = {"hostPrefix": "sync-"}
    return {
        "version": "2.0",
        "metadata": {"apiVersion": "2016-11-23", "endpointPrefix": "states", "jsonVersion": "1.0",
                     "protocol": "json", "serviceAbbreviation": "AWS SFN",
                     "serviceFullName": "AWS Step Functions", "serviceId": "SFN",
                     "signatureVersion": "v4", "targetPrefix": model["targetPrefix"],
                     "uid": "states-2016-11-23"},
        "operations": operations,
        "shapes": {name: _shape(name, shape) for name, shape in model["shapes"].items()},
    }


def _session():
    session = botocore.session.Session()
    known = set(session.get_service_model("stepfunctions").operation_names)
    all_operations = set(engine_model()["operations"])
    if all_operations <= known:
        return session, f"botocore {botocore.__version__} with its own model"
    folder = tempfile.mkdtemp(prefix="pawl-model-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    service = os.path.join(folder, "stepfunctions", "2016-11-23")
    os.makedirs(service)
    with open(os.path.join(service, "service-2.json"), "w", encoding="utf-8") as file:
        json.dump(_botocore_model(), file)
    session = botocore.session.Session()
    session.get_component("data_loader").search_paths.insert(0, folder)
    missing = ", ".join(sorted(all_operations - known))
    return session, (f"botocore {botocore.__version__} lacks {len(all_operations - known)} "
                     f"operations ({missing}); it is given the engine's model")


_SESSION, MODEL_NOTE = _session()


def client(url, **config):
    """A client of the engine at `url`; `config` is botocore's. Keys are of no meaning to the engine
    as it is started here."""
    settings = {"retries": {"max_attempts": 20, "mode": "standard"}, "read_timeout": _READ_SECONDS,
                "connect_timeout": 5, "inject_host_prefix": False, "max_pool_connections": 50}
    settings.update(config)
    return boto3.session.Session(botocore_session=_SESSION).client(
        "stepfunctions", endpoint_url=url, region_name=REGION, aws_access_key_id="test",
        aws_secret_access_key="test", config=Config(**settings))
