"""The aws command. Version 1 and version 2 are told to find the engine by their variables alone."""
import json
import os
import shutil
import subprocess
import unittest

from support import aws
from support.case import PASS, WAIT, ClientCase

_COMMAND = shutil.which("aws")


@unittest.skipIf(_COMMAND is None, "there is no aws command; tools/setup installs it (awscli)")
class Command(ClientCase):
    def aws(self, *arguments, expects=0):
        """Runs `aws stepfunctions ARGUMENTS`; its JSON, or what it wrote of an error."""
        environment = {
            "PATH": os.environ["PATH"], "HOME": self.engine.folder, "AWS_PAGER": "",
            "AWS_DEFAULT_REGION": aws.REGION, "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test", "AWS_RETRY_MODE": "standard",
            "AWS_MAX_ATTEMPTS": "20"}
        # pyenv's shims need their root.
        environment.update({name: value for name, value in os.environ.items()
                            if name.startswith("PYENV")})
        # AWS_ENDPOINT_URL_SFN is not known to Debian 12's version.
        done = subprocess.run(
            [_COMMAND, "stepfunctions", *arguments, "--endpoint-url", self.engine.url, "--output",
             "json"], env=environment, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, expects, done.stderr)
        if expects != 0:
            return done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    def test_life_of_a_machine(self):
        name = self.name("machine")
        machine = self.aws("create-state-machine", "--name", name, "--role-arn", aws.ROLE,
                           "--definition", PASS)["stateMachineArn"]
        execution = self.start(machine, {"a": "ü"})
        self.ended(execution)
        found = self.aws("describe-execution", "--execution-arn", execution)
        self.assertEqual((found["status"], json.loads(found["output"])), ("SUCCEEDED", {"a": "ü"}))
        names = self.aws("list-state-machines", "--page-size", "2", "--query",
                         "stateMachines[].name")
        self.assertIn(name, names)
        self.machine()  # one more, so that there is a second page
        page = self.aws("list-state-machines", "--max-items", "1")
        self.assertEqual(len(page["stateMachines"]), 1)
        self.assertIn("NextToken", page)
        self.assertIsNone(self.aws("delete-state-machine", "--state-machine-arn", machine))

    def test_errors_are_shown_by_name_and_message(self):
        text = self.aws("describe-execution", "--execution-arn", "x", expects=254
                        if self.is_version_2() else 255)
        self.assertIn("(InvalidArn)", text)
        self.assertIn("Invalid Arn: 'Invalid ARN prefix: x'", text)

    def is_version_2(self):
        done = subprocess.run([_COMMAND, "--version"], capture_output=True, text=True, check=True)
        return (done.stdout + done.stderr).startswith("aws-cli/2")

    def test_starts_and_stops(self):
        machine = self.machine(WAIT)
        started = self.aws("start-execution", "--state-machine-arn", machine, "--name", "e",
                           "--input", "{}")
        stopped = self.aws("stop-execution", "--execution-arn", started["executionArn"],
                           "--cause", "enough")
        self.assertIn("stopDate", stopped)
        self.assertEqual(self.ended(started["executionArn"], "ABORTED")["cause"], "enough")
