"""Activities, the tasks that their workers take, and callbacks."""
import datetime
import json

from support.case import ClientCase, arn, constraint, machine_of


class Activities(ClientCase):
    def create(self, **members):
        members.setdefault("name", self.name("activity"))
        return self.client.create_activity(**members)["activityArn"]

    def test_life(self):
        name = self.name("activity")
        first = self.client.create_activity(name=name)
        self.has_members(first, "activityArn", "creationDate")
        self.assertEqual(first["activityArn"], arn("activity", name))
        self.assertIsInstance(first["creationDate"], datetime.datetime)
        again = self.client.create_activity(name=name, tags=[{"key": "ignored", "value": ""}])
        self.assertEqual(first["creationDate"], again["creationDate"])
        found = self.client.describe_activity(activityArn=first["activityArn"])
        self.has_members(found, "activityArn", "name", "creationDate", "encryptionConfiguration")
        for _ in range(2):  # missing is no error
            self.has_members(self.client.delete_activity(activityArn=first["activityArn"]))
        self.fails("ActivityDoesNotExist", self.client.describe_activity,
                   f"Activity Does Not Exist: '{first['activityArn']}'",
                   activityArn=first["activityArn"])

    def test_names(self):
        for good in ("a" * 80, "activity.name.v2", "ü"):
            self.create(name=good)
        for bad in ("a b", "a:b", "a/b", "a?"):
            self.fails("InvalidName", self.client.create_activity, f"Invalid Name: '{bad}'",
                       name=bad)
        self.fails("ValidationException", self.client.create_activity, constraint(
            "name", "have length less than or equal to 80", "a" * 81), name="a" * 81)

    def test_another_encryption_is_another_activity(self):
        activity = self.create()
        self.fails("ActivityAlreadyExists", self.client.create_activity,
                   f"Activity Already Exists: '{activity}'", name=activity.split(":")[-1],
                   encryptionConfiguration={"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "k"})

    def test_errors(self):
        none = arn("activity", "none")
        for call in (self.client.describe_activity, self.client.get_activity_task):
            self.fails("ActivityDoesNotExist", call, f"Activity Does Not Exist: '{none}'",
                       activityArn=none)
        for call in (self.client.describe_activity, self.client.get_activity_task,
                     self.client.delete_activity):
            self.fails("InvalidArn", call, "Invalid Arn: 'Invalid ARN prefix: x'", activityArn="x")
        self.fails("InvalidToken", self.client.list_activities, "Invalid Token: 'Invalid token'",
                   nextToken="nonsense")
        self.fails("ValidationException", self.client.get_activity_task, activityArn=none,
                   workerName="w" * 81)


class Tasks(ClientCase):
    def setUp(self):
        self.activity = self.client.create_activity(name=self.name("activity"))["activityArn"]

    def started(self, **fields):
        """An execution that waits for a worker of the activity."""
        machine = self.machine(machine_of(("T", {"Type": "Task", "Resource": self.activity,
                                                 **fields})))
        return self.start(machine, {"x": 1})

    def test_success(self):
        execution = self.started(TimeoutSeconds=300, HeartbeatSeconds=60)
        task = self.task(self.activity, worker="w")
        self.has_members(task, "taskToken", "input")
        self.assertEqual(task["input"], '{"x": 1}')
        self.has_members(self.client.send_task_heartbeat(taskToken=task["taskToken"]))
        self.answer("send_task_success", taskToken=task["taskToken"], output=' {"ok": true} ')
        self.assertEqual(self.ended(execution, "SUCCEEDED")["output"], ' {"ok": true} ')
        events = self.events(execution)
        self.assertEqual([event["type"] for event in events], [
            "ExecutionStarted", "TaskStateEntered", "ActivityScheduled", "ActivityStarted",
            "ActivitySucceeded", "TaskStateExited", "ExecutionSucceeded"])
        self.assertEqual(events[2]["activityScheduledEventDetails"], {
            "resource": self.activity, "input": '{"x": 1}', "inputDetails": {"truncated": False},
            "timeoutInSeconds": 300, "heartbeatInSeconds": 60})
        self.assertEqual(events[3]["activityStartedEventDetails"], {"workerName": "w"})

    def test_failure(self):
        execution = self.started()
        self.answer("send_task_failure", taskToken=self.task(self.activity)["taskToken"],
                    error="E", cause="C")
        found = self.ended(execution, "FAILED")
        self.assertEqual((found["error"], found["cause"]), ("E", "C"))
        failed = self.events(execution)[-2]
        self.assertEqual(failed["activityFailedEventDetails"], {"error": "E", "cause": "C"})

    def test_failure_without_a_reason(self):
        execution = self.started()
        self.answer("send_task_failure", taskToken=self.task(self.activity)["taskToken"])
        self.assertFalse({"error", "cause"} & set(self.ended(execution, "FAILED")))

    def test_retry_and_catch(self):
        execution = self.started(
            Retry=[{"ErrorEquals": ["Again"], "IntervalSeconds": 1, "MaxAttempts": 1}])
        tokens = []
        for _ in range(2):
            tokens.append(self.task(self.activity)["taskToken"])
            self.answer("send_task_failure", taskToken=tokens[-1], error="Again")
        self.assertEqual(self.ended(execution, "FAILED")["error"], "Again")
        self.assertNotEqual(*tokens)

    def test_answers_are_checked(self):
        execution = self.started()
        token = self.task(self.activity)["taskToken"]
        success, failure = self.careless.send_task_success, self.careless.send_task_failure
        for call, members in ((success, {"output": "{}"}), (success, {"output": "not-json"}),
                              (failure, {}), (self.careless.send_task_heartbeat, {})):
            self.fails("InvalidToken", call, "Invalid Token: 'Invalid token'", taskToken="bad",
                       **members)
        self.fails("InvalidOutput", success, "Invalid Output: 'not-json' is not valid JSON.",
                   taskToken=token, output="not-json")
        self.fails("ValidationException", success, "1 validation error detected: Value at 'output' "
                   "failed to satisfy constraint: Member must not be null", taskToken=token)
        self.fails("ValidationException", success, constraint(
            "output", "have length less than or equal to 262144"), taskToken=token,
            output='"' + "x" * 262143 + '"')
        self.fails("ValidationException", self.careless.send_task_heartbeat,
                   taskToken="x" * 2049)
        for member, limit in (("error", 256), ("cause", 32768)):
            self.fails("ValidationException", failure, constraint(
                member, f"have length less than or equal to {limit}"), taskToken=token,
                **{member: "x" * (limit + 1)})
        # None of them has used the token up.
        largest = '"' + "x" * 262142 + '"'
        self.answer("send_task_success", taskToken=token, output=largest)
        self.assertEqual(self.ended(execution, "SUCCEEDED")["output"], largest)

    def test_the_second_answer_is_late(self):
        execution = self.started()
        token = self.task(self.activity)["taskToken"]
        self.answer("send_task_success", taskToken=token, output="{}")
        self.ended(execution, "SUCCEEDED")
        late = f"Task Timed Out: '{self.activity}'"
        self.fails("TaskTimedOut", self.client.send_task_success, late, taskToken=token,
                   output="{}")
        self.fails("TaskTimedOut", self.client.send_task_failure, late, taskToken=token)
        self.fails("TaskTimedOut", self.client.send_task_heartbeat, late, taskToken=token)
        self.fails("InvalidOutput", self.client.send_task_success, taskToken=token, output="x")

    def test_time_runs_from_the_assignment(self):
        execution = self.started(TimeoutSeconds=1)
        token = self.task(self.activity)["taskToken"]
        found = self.ended(execution, "FAILED")
        self.assertEqual(found["error"], "States.Timeout")
        self.assertNotIn("cause", found)
        timed_out = self.events(execution)[-2]
        self.assertEqual((timed_out["type"], timed_out["activityTimedOutEventDetails"]),
                         ("ActivityTimedOut", {"error": "States.Timeout"}))
        self.fails("TaskTimedOut", self.client.send_task_success, taskToken=token, output="{}")

    def test_a_missed_heartbeat_is_a_time_out(self):
        execution = self.started(HeartbeatSeconds=1, TimeoutSeconds=60)
        self.task(self.activity)
        self.assertEqual(self.ended(execution, "FAILED")["error"], "States.Timeout")
        self.assertIn("ActivityTimedOut", self.types(execution))

    def test_of_an_activity_that_does_not_exist(self):
        self.client.delete_activity(activityArn=self.activity)
        execution = self.started()
        found = self.ended(execution, "FAILED")
        self.assertEqual((found["error"], found["cause"]), (
            "States.Runtime", "An error occurred while executing the state 'T' (entered at the "
            f"event id #2). The activity {self.activity} does not exist."))
        self.assertNotIn("ActivityScheduled", self.types(execution))

    def test_stopped_executions_take_no_answer(self):
        execution = self.started()
        token = self.task(self.activity)["taskToken"]
        self.client.stop_execution(executionArn=execution)
        self.fails("TaskTimedOut", self.client.send_task_success, taskToken=token, output="{}")

    def test_callbacks(self):
        child = self.machine(machine_of(("T", {"Type": "Task", "Resource": self.activity})))
        execution = self.start(self.machine(machine_of(
            ("Call", {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution"
                                                  ".waitForTaskToken",
                      "Parameters": {"StateMachineArn": child,
                                     "Input": {"token.$": "$$.Task.Token"}}}))))
        task = self.task(self.activity)
        token = json.loads(task["input"])["token"]
        self.answer("send_task_success", taskToken=token, output='{"called": "back"}')
        self.assertEqual(self.ended(execution, "SUCCEEDED")["output"], '{"called": "back"}')
        self.fails("TaskTimedOut", self.client.send_task_success,
                   "Task Timed Out: 'Provided task does not exist anymore'", taskToken=token,
                   output="{}")
        self.answer("send_task_success", taskToken=task["taskToken"], output="{}")

    def test_children_of_nested_executions(self):
        child = self.machine(machine_of(("P", {"Type": "Pass", "Result": {"from": "child"}})))
        for suffix, kind in ((".sync", str), (".sync:2", dict)):
            found = self.run_through(machine_of(
                ("Call", {"Type": "Task",
                          "Resource": "arn:aws:states:::states:startExecution" + suffix,
                          "Parameters": {"StateMachineArn": child, "Input": {"a": 1}}})))
            self.assertEqual(found["status"], "SUCCEEDED", found)
            output = json.loads(found["output"])
            self.assertEqual((output["Status"], type(output["Output"])), ("SUCCEEDED", kind))
