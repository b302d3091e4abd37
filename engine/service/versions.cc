// Versions and aliases of machines.
#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/aws/error.h"
#include "engine/service/limits.h"
#include "engine/service/machines.h"
#include "engine/service/page_token.h"

namespace pawl::service {
namespace {

// A page of `all`, which stand in their order: those that are behind the place `after`, which is
// `key` of an item that may be gone by now. Empty: from the first.
template <typename Item, typename Key, typename IsBehind>
std::vector<Item> PageOf(std::vector<Item> all, const std::string& after, int size, const Key& key,
                         const IsBehind& is_behind, std::string* next_page_token) {
  if (!after.empty()) {
    all.erase(all.begin(), std::find_if(all.begin(), all.end(), is_behind));
  }
  if (all.size() > static_cast<size_t>(size)) {
    all.resize(static_cast<size_t>(size));
    *next_page_token = key(all.back());
  }
  return all;
}

}  // namespace

void Machines::Publish(const CallContext& context, const std::string& machine,
                       std::string revision_id, std::string description,
                       Done<runtime::Version> done) {
  const auto id = Parse(context, "PublishStateMachineVersion", machine);
  if (!id.ok()) return done(id.status());
  deps_.RunBlocking<runtime::Version>(
      context, runtime::ReadLane::kCall,
      [this, id = *id, revision_id = std::move(revision_id),
       description = std::move(description)](persistence::Store& store) {
        auto version = admin_.Publish(&store, id, revision_id, description, deps_.Now());
        if (!version.ok()) version = OrDeleting(store, id, version.status());
        return version;
      },
      std::move(done));
}

void Machines::DeleteVersion(const CallContext& context, const std::string& version,
                             Done<Empty> done) {
  const auto id = Parse(context, "DeleteStateMachineVersion", version, Qualifier::kVersion);
  if (!id.ok()) return done(id.status());
  deps_.RunBlocking<Empty>(
      context, runtime::ReadLane::kCall,
      [this, id = *id](persistence::Store& store) -> absl::StatusOr<Empty> {
        absl::Status status = admin_.DeleteVersion(&store, id, id.version);
        if (!status.ok()) return status;
        return Empty();
      },
      std::move(done));
}

void Machines::ListVersions(const CallContext& context, const std::string& machine, int page_size,
                            const std::string& page_token, Done<VersionPage> done) {
  const auto id = Parse(context, "ListStateMachineVersions", machine);
  if (!id.ok()) return done(id.status());
  const auto size = PageSize(page_size);
  if (!size.ok()) return done(size.status());
  const std::string listing = absl::StrCat("ListStateMachineVersions ", context.ns, " ", machine);
  const auto after = OpenToken(listing, page_token);
  if (!after.ok()) return done(after.status());
  deps_.RunBlocking<VersionPage>(
      context, runtime::ReadLane::kList,
      [this, id = *id, listing, after = *after,
       size = *size](persistence::Store& store) -> absl::StatusOr<VersionPage> {
        auto record = admin_.Read(&store, id);
        if (!record.ok()) return record.status();
        VersionPage page;
        page.machine = id;
        std::reverse(record->versions.begin(), record->versions.end());
        int64_t number = 0;
        if (!after.empty() && !absl::SimpleAtoi(after, &number)) {
          return absl::InternalError("the page token of a listing of versions is not a number");
        }
        std::string last;
        page.versions = PageOf(
            std::move(record->versions), after, size,
            [](const runtime::Version& version) { return absl::StrCat(version.number); },
            [number](const runtime::Version& version) { return version.number < number; }, &last);
        if (!last.empty()) page.next_page_token = SealToken(listing, last);
        return page;
      },
      std::move(done));
}

absl::StatusOr<std::vector<runtime::Route>> Machines::ParseRoutes(
    const CallContext& context, const std::vector<RouteInput>& routes,
    aws::MachineId* machine) const {
  const auto invalid = [&](absl::string_view rule) {
    const auto arn = [](std::string* out, const RouteInput& route) {
      absl::StrAppend(out, route.version_arn);
    };
    return aws::MakeError(
        aws::Error::kInvalidRoutingConfiguration,
        absl::StrCat(rule, " Received: [", absl::StrJoin(routes, ", ", arn), "]"));
  };
  std::vector<runtime::Route> parsed;
  for (const RouteInput& route : routes) {
    const auto id = aws::ParseMachine(deps_.arns(context), route.version_arn);
    if (!id.ok() || id->version == 0) {
      return invalid("Routing configuration must contain state machine version ARNs.");
    }
    if (!parsed.empty() && (id->name != machine->name || id->ns != machine->ns)) {
      return invalid(
          "Routing configuration must contain state machine version ARNs for the same state "
          "machine.");
    }
    *machine = {id->ns, id->name};
    parsed.push_back({id->version, route.weight});
  }
  if (parsed.empty() || parsed.size() > 2) {
    return invalid("Routing configuration must contain one or two state machine version ARNs.");
  }
  return parsed;
}

void Machines::CreateAlias(const CallContext& context, AliasInput input, Done<NamedAlias> done) {
  aws::MachineId id;
  auto routes = ParseRoutes(context, input.routes, &id);
  if (!routes.ok()) return done(routes.status());
  absl::Status status =
      deps_.authorizer->Check(context, "CreateStateMachineAlias",
                              aws::MachineArn({deps_.node->options().region, id.ns}, id.name));
  if (status.ok()) status = aws::CheckAliasName(input.name);
  if (!status.ok()) return done(std::move(status));
  runtime::Alias alias;
  alias.name = std::move(input.name);
  alias.description = std::move(input.description);
  alias.routes = *std::move(routes);
  deps_.RunBlocking<NamedAlias>(
      context, runtime::ReadLane::kCall,
      [this, id,
       alias = std::move(alias)](persistence::Store& store) -> absl::StatusOr<NamedAlias> {
        auto created = admin_.CreateAlias(&store, id, alias, deps_.Now());
        if (!created.ok()) return OrDeleting(store, id, created.status());
        return NamedAlias{id, *std::move(created)};
      },
      std::move(done));
}

void Machines::UpdateAlias(const CallContext& context, const std::string& alias,
                           absl::optional<std::string> description,
                           absl::optional<std::vector<RouteInput>> routes, Done<NamedAlias> done) {
  const auto id = Parse(context, "UpdateStateMachineAlias", alias, Qualifier::kAlias);
  if (!id.ok()) return done(id.status());
  absl::optional<std::vector<runtime::Route>> parsed;
  if (routes.has_value()) {
    aws::MachineId machine;
    auto of_machine = ParseRoutes(context, *routes, &machine);
    if (!of_machine.ok()) return done(of_machine.status());
    if (machine.name != id->name || machine.ns != id->ns) {
      return done(aws::MakeError(aws::Error::kInvalidRoutingConfiguration,
                                 "Routing configuration must contain state machine version ARNs "
                                 "for the same state machine."));
    }
    parsed = *std::move(of_machine);
  }
  deps_.RunBlocking<NamedAlias>(
      context, runtime::ReadLane::kCall,
      [this, id = *id, description = std::move(description),
       parsed = std::move(parsed)](persistence::Store& store) -> absl::StatusOr<NamedAlias> {
        auto updated = admin_.UpdateAlias(&store, id, id.alias, description, parsed, deps_.Now());
        if (!updated.ok()) return OrDeleting(store, id, updated.status());
        return NamedAlias{{id.ns, id.name}, *std::move(updated)};
      },
      std::move(done));
}

void Machines::SetAlias(const CallContext& context, const std::string& alias,
                        std::vector<runtime::Route> routes, absl::optional<std::string> description,
                        Done<NamedAlias> done) {
  auto id = Parse(context, "UpdateStateMachineAlias", alias, Qualifier::kAlias);
  if (!id.ok()) return done(id.status());
  absl::Status status = aws::CheckAliasName(id->alias);
  if (status.ok()) status = deps_.authorizer->Check(context, "CreateStateMachineAlias", alias);
  if (status.ok() && (routes.empty() || routes.size() > 2)) {
    status = aws::MakeError(aws::Error::kValidation, "an alias leads to one or two versions");
  }
  if (!status.ok()) return done(std::move(status));
  deps_.RunBlocking<NamedAlias>(
      context, runtime::ReadLane::kCall,
      [this, id = *id, routes = std::move(routes), description = std::move(description)](
          persistence::Store& store) -> absl::StatusOr<NamedAlias> {
        const aws::MachineId machine{id.ns, id.name};
        auto set = admin_.UpdateAlias(&store, machine, id.alias, description, routes, deps_.Now());
        if (absl::IsNotFound(set.status())) {
          runtime::Alias made;
          made.name = id.alias;
          made.description = description.value_or("");
          made.routes = routes;
          set = admin_.CreateAlias(&store, machine, made, deps_.Now());
        }
        if (!set.ok()) return set.status();
        return NamedAlias{machine, *std::move(set)};
      },
      std::move(done));
}

void Machines::DescribeAlias(const CallContext& context, const std::string& alias,
                             Done<NamedAlias> done) {
  const auto id = Parse(context, "DescribeStateMachineAlias", alias, Qualifier::kAlias);
  if (!id.ok()) return done(id.status());
  deps_.RunBlocking<NamedAlias>(
      context, runtime::ReadLane::kCall,
      [this, id = *id](persistence::Store& store) -> absl::StatusOr<NamedAlias> {
        const auto record = admin_.Read(&store, id);
        if (!record.ok() && !absl::IsNotFound(record.status())) return record.status();
        const runtime::Alias* found = record.ok() ? record->FindAlias(id.alias) : nullptr;
        if (found == nullptr) {
          return aws::MakeError(aws::Error::kResourceNotFound,
                                "Request references a resource that does not exist.");
        }
        return NamedAlias{{id.ns, id.name}, *found};
      },
      std::move(done));
}

void Machines::DeleteAlias(const CallContext& context, const std::string& alias, Done<Empty> done) {
  const auto id = Parse(context, "DeleteStateMachineAlias", alias, Qualifier::kAlias);
  if (!id.ok()) return done(id.status());
  deps_.RunBlocking<Empty>(
      context, runtime::ReadLane::kCall,
      [this, id = *id](persistence::Store& store) -> absl::StatusOr<Empty> {
        absl::Status status = admin_.DeleteAlias(&store, id, id.alias);
        if (!status.ok()) return status;
        return Empty();
      },
      std::move(done));
}

void Machines::ListAliases(const CallContext& context, const std::string& machine, int page_size,
                           const std::string& page_token, Done<AliasPage> done) {
  const auto id = Parse(context, "ListStateMachineAliases", machine, Qualifier::kNoneOrVersion);
  if (!id.ok()) return done(id.status());
  const auto size = PageSize(page_size);
  if (!size.ok()) return done(size.status());
  const std::string listing = absl::StrCat("ListStateMachineAliases ", context.ns, " ", machine);
  const auto after = OpenToken(listing, page_token);
  if (!after.ok()) return done(after.status());
  deps_.RunBlocking<AliasPage>(
      context, runtime::ReadLane::kList,
      [this, id = *id, listing, after = *after,
       size = *size](persistence::Store& store) -> absl::StatusOr<AliasPage> {
        auto record = admin_.Read(&store, id);
        if (!record.ok()) return OrDeleting(store, id, record.status());
        if (id.version != 0) {
          std::erase_if(record->aliases, [&](const runtime::Alias& alias) {
            return std::none_of(
                alias.routes.begin(), alias.routes.end(),
                [&](const runtime::Route& route) { return route.version == id.version; });
          });
        }
        AliasPage page;
        page.machine = {id.ns, id.name};
        std::string last;
        page.aliases = PageOf(
            std::move(record->aliases), after, size,
            [](const runtime::Alias& alias) { return alias.name; },
            [&after](const runtime::Alias& alias) { return alias.name > after; }, &last);
        if (!last.empty()) page.next_page_token = SealToken(listing, last);
        return page;
      },
      std::move(done));
}

}  // namespace pawl::service
