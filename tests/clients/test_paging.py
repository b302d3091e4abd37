"""Listings: page sizes, tokens, order, and botocore's paginators."""
from support import aws
from support.case import INVALID_TOKEN, PASS, ClientCase, constraint


class Listings(ClientCase):
    """Every operation that gives pages: its answer's list, and members that choose what is listed."""

    @classmethod
    def setUpClass(cls):
        case = cls()
        cls.machine_arn = case.machine(publish=True)
        for number in range(4):
            case.client.update_state_machine(stateMachineArn=cls.machine_arn, publish=True,
                                             roleArn=aws.ROLE + str(number))
            case.client.create_state_machine_alias(name=f"alias{number}", routingConfiguration=[
                {"stateMachineVersionArn": cls.machine_arn + ":1", "weight": 100}])
            case.client.create_activity(name=f"paged-{number}")
            case.machine(name=f"paged-{number}")
            cls.execution = case.start(cls.machine_arn)
            case.ended(cls.execution)
        cls.mapped = case.run_through(
            '{"StartAt":"M","States":{"M":{"Type":"Map","ItemProcessor":{"ProcessorConfig":{"Mode":'
            '"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"P","States":{"P":{"Type":"Pass",'
            '"End":true}}},"Next":"N"},"N":{"Type":"Map","ItemProcessor":{"ProcessorConfig":{"Mode":'
            '"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"Q","States":{"Q":{"Type":"Pass",'
            '"End":true}}},"End":true}}}', [1, 2])["executionArn"]

    def listings(self):
        return (
            ("list_state_machines", "stateMachines", {}),
            ("list_activities", "activities", {}),
            ("list_executions", "executions", {"stateMachineArn": self.machine_arn}),
            ("list_state_machine_versions", "stateMachineVersions",
             {"stateMachineArn": self.machine_arn}),
            ("list_state_machine_aliases", "stateMachineAliases",
             {"stateMachineArn": self.machine_arn}),
            ("list_map_runs", "mapRuns", {"executionArn": self.mapped}),
            ("get_execution_history", "events", {"executionArn": self.execution}))

    def each(self, check):
        """Calls `check` with each operation, the name of its list, and its members."""
        for operation, key, members in self.listings():
            with self.subTest(operation):
                check(getattr(self.careless, operation), key, members)

    def test_pages_add_up_to_the_whole(self):
        def check(call, key, members):
            whole = call(maxResults=1000, **members)
            self.assertNotIn("nextToken", whole)
            for size in (1, 3):
                parts, token = [], {}
                while True:
                    page = call(maxResults=size, **members, **token)
                    self.assertLessEqual(len(page[key]), size)
                    parts += page[key]
                    if "nextToken" not in page:
                        break
                    token = {"nextToken": page["nextToken"]}
                self.assertEqual(parts, whole[key])
        self.each(check)

    def test_the_last_page_has_no_token(self):
        def check(call, key, members):
            count = len(call(maxResults=1000, **members)[key])
            self.assertNotIn("nextToken", call(maxResults=count, **members))
            self.assertIn("nextToken", call(maxResults=count - 1, **members))
        self.each(check)

    def test_zero_is_the_default_size(self):
        def check(call, key, members):
            self.assertEqual(call(maxResults=0, **members)[key], call(**members)[key])
        self.each(check)

    def test_sizes_are_limited(self):
        def check(call, _, members):
            for size, rule in ((1001, "less than or equal to 1000"),
                               (-1, "greater than or equal to 0")):
                self.fails("ValidationException", call,
                           constraint("maxResults", f"have value {rule}", size), maxResults=size,
                           **members)
        self.each(check)

    def test_tokens_are_of_one_listing(self):
        tokens = {operation: getattr(self.client, operation)(maxResults=1, **members)["nextToken"]
                  for operation, _, members in self.listings()}
        def check(call, _, members):
            self.fails("InvalidToken", call, INVALID_TOKEN, nextToken="nonsense", **members)
            for operation, token in tokens.items():
                if getattr(self.careless, operation) != call:
                    self.fails("InvalidToken", call, INVALID_TOKEN, nextToken=token, **members)
            limit = 3096 if call == self.careless.list_executions else 1024
            self.fails("ValidationException", call, nextToken="x" * (limit + 1), **members)
            self.fails("ValidationException", call, nextToken="", **members)
        self.each(check)

    def test_tokens_are_of_one_filter(self):
        other = self.machine()
        token = self.client.list_executions(stateMachineArn=self.machine_arn,
                                            maxResults=1)["nextToken"]
        for members in ({"stateMachineArn": other},
                        {"stateMachineArn": self.machine_arn, "statusFilter": "FAILED"}):
            self.fails("InvalidToken", self.client.list_executions, INVALID_TOKEN, nextToken=token,
                       **members)

    def test_orders(self):
        names = [machine["name"] for machine in self.client.list_state_machines()["stateMachines"]]
        self.assertEqual(names, sorted(names))
        names = [one["name"] for one in self.client.list_activities()["activities"]]
        self.assertEqual(names, sorted(names))
        versions = self.client.list_state_machine_versions(stateMachineArn=self.machine_arn)
        self.assertEqual([one["stateMachineVersionArn"] for one in
                          versions["stateMachineVersions"]],
                         [f"{self.machine_arn}:{number}" for number in (5, 4, 3, 2, 1)])
        aliases = self.client.list_state_machine_aliases(stateMachineArn=self.machine_arn)
        self.assertEqual([one["stateMachineAliasArn"].split(":")[-1] for one in
                          aliases["stateMachineAliases"]],
                         ["alias0", "alias1", "alias2", "alias3"])
        executions = self.client.list_executions(stateMachineArn=self.machine_arn)["executions"]
        dates = [one["startDate"] for one in executions]
        self.assertEqual(dates, sorted(dates, reverse=True))
        runs = self.client.list_map_runs(executionArn=self.mapped)["mapRuns"]
        self.assertGreaterEqual(runs[0]["startDate"], runs[1]["startDate"])

    def test_items_have_their_members(self):
        for operation, key, names in (
                ("list_state_machines", "stateMachines",
                 ("stateMachineArn", "name", "type", "creationDate")),
                ("list_activities", "activities", ("activityArn", "name", "creationDate"))):
            page = getattr(self.client, operation)(maxResults=1)
            self.has_members(page[key][0], *names)

    def test_new_items_do_not_disturb_a_listing_under_way(self):
        page = self.client.list_executions(stateMachineArn=self.machine_arn, maxResults=2)
        self.ended(self.start(self.machine_arn))
        rest = self.client.list_executions(stateMachineArn=self.machine_arn,
                                           nextToken=page["nextToken"])
        found = [one["executionArn"] for one in page["executions"] + rest["executions"]]
        self.assertEqual(len(found), len(set(found)))
        self.assertIn(self.execution, found)

    def test_botocores_paginators(self):
        for operation, key, members in self.listings():
            if not self.client.can_paginate(operation):
                continue  # botocore has none for versions and aliases
            with self.subTest(operation):
                whole = getattr(self.client, operation)(**members)[key]
                paginator = self.client.get_paginator(operation)
                pages = list(paginator.paginate(**members, PaginationConfig={"PageSize": 2}))
                self.assertEqual([one for page in pages for one in page[key]], whole)
                some = paginator.paginate(**members, PaginationConfig={
                    "MaxItems": 3, "PageSize": 2}).build_full_result()
                self.assertEqual(some[key], whole[:3])

    def test_there_are_no_waiters(self):
        # AWS's model has none; whoever waits asks again. Should botocore get some, test them here.
        self.assertEqual(self.client.waiter_names, [])

    def test_empty_listings_are_empty_lists(self):
        machine = self.machine(PASS)
        for operation, key in (("list_executions", "executions"),
                               ("list_state_machine_versions", "stateMachineVersions"),
                               ("list_state_machine_aliases", "stateMachineAliases")):
            found = getattr(self.client, operation)(stateMachineArn=machine)
            self.has_members(found, key)
            self.assertEqual(found[key], [])
