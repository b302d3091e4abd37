// Namespaces: making, changing and listing them.
#pragma once

#include <string>
#include <vector>

#include "engine/runtime/machines/namespace_registry.h"
#include "engine/service/call.h"
#include "engine/service/deps.h"

namespace pawl::service {

// Thread-safe. Errors as NamespaceRegistry.
class Namespaces {
 public:
  explicit Namespaces(Deps deps) : deps_(deps) {}

  void Create(const CallContext& context, const std::string& account,
              const runtime::NamespaceSettings& settings, Done<runtime::Namespace> done);
  // `account` may be "": the caller's own.
  void Describe(const CallContext& context, std::string account, Done<runtime::Namespace> done);
  void List(const CallContext& context, Done<std::vector<runtime::Namespace>> done);
  void Update(const CallContext& context, const std::string& account,
              const runtime::NamespaceRegistry::Change& change, Done<runtime::Namespace> done);

 private:
  const Deps deps_;
};

}  // namespace pawl::service
