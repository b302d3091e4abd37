#include "engine/asl/context_parts.h"

namespace pawl::asl {

const std::vector<ContextPart>& ContextParts() {
  static const auto* parts = new std::vector<ContextPart>{
      {"Execution", {"Id", "Input", "Name", "RoleArn", "StartTime", "RedriveCount", "RedriveTime"}},
      {"State", {"EnteredTime", "Name", "RetryCount"}},
      {"StateMachine", {"Id", "Name"}},
      {"Task", {"Token"}},
      {"Map", {"Item"}},
  };
  return *parts;
}

}  // namespace pawl::asl
