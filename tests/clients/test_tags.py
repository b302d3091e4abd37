"""Tags of machines and activities."""
from support.case import ClientCase, arn


class Tags(ClientCase):
    def tags(self, resource):
        listed = self.client.list_tags_for_resource(resourceArn=resource)["tags"]
        return {tag["key"]: tag["value"] for tag in listed}

    def tag(self, resource, **tags):
        return self.client.tag_resource(resourceArn=resource, tags=[
            {"key": key, "value": value} for key, value in tags.items()])

    def test_merge_and_replace_by_exact_key(self):
        for resource in (self.machine(), self.client.create_activity(
                name=self.name("activity"), tags=[])["activityArn"]):
            self.assertEqual(self.tags(resource), {})
            self.has_members(self.tag(resource, a="1", A="2", empty=""))
            self.tag(resource, a="3")
            self.tag(resource)
            self.assertEqual(self.tags(resource), {"a": "3", "A": "2", "empty": ""})
            self.has_members(self.client.untag_resource(resourceArn=resource,
                                                        tagKeys=["a", "missing"]))
            self.assertEqual(self.tags(resource), {"A": "2", "empty": ""})

    def test_given_at_creation(self):
        tags = [{"key": "k", "value": "v"}]
        activity = self.client.create_activity(name=self.name("activity"), tags=tags)["activityArn"]
        for resource in (self.machine(tags=tags), activity):
            self.assertEqual(self.tags(resource), {"k": "v"})

    def test_limits(self):
        machine = self.machine()
        self.tag(machine, **{f"k{number}": "" for number in range(50)})
        self.fails("TooManyTags", self.client.tag_resource, resourceArn=machine,
                   tags=[{"key": "one more", "value": ""}])
        self.tag(machine, k0="replaced")
        self.tag(self.machine(), **{"ü" * 128: "ü" * 256})
        for key, value in (("k" * 129, ""), ("k", "v" * 257), ("", "")):
            self.fails("ValidationException", self.careless.tag_resource, resourceArn=machine,
                       tags=[{"key": key, "value": value}])
        self.fails("AccessDeniedException", self.client.tag_resource,
                   "Caller is an end user and not allowed to mutate system tags",
                   resourceArn=machine, tags=[{"key": "aws:x", "value": ""}])

    def test_versions_have_none(self):
        version = self.machine(publish=True) + ":1"
        self.assertEqual(self.tags(version), {})
        self.fails("ResourceNotFound", self.client.tag_resource,
                   f"Resource not found: '{version}'", resourceArn=version,
                   tags=[{"key": "a", "value": "b"}])

    def test_errors(self):
        machine = self.machine().split(":")[-1]
        for call, more in ((self.client.tag_resource, {"tags": []}),
                           (self.client.untag_resource, {"tagKeys": []}),
                           (self.client.list_tags_for_resource, {})):
            for none in (arn("stateMachine", "none"), arn("activity", "none")):
                self.fails("ResourceNotFound", call, f"Resource not found: '{none}'",
                           resourceArn=none, **more)
            # A bare name is no ARN, even where there is a machine of that name.
            self.fails("InvalidArn", call, f"Invalid Arn: 'Invalid ARN prefix: {machine}'",
                       resourceArn=machine, **more)
            self.fails("InvalidArn", call, resourceArn=arn("execution", "m:e"), **more)
