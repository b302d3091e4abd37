// A Choice rule's condition as a reader would say it: `$.total > 100 and not $.gift`. Pure.
#pragma once

#include <string>

#include "engine/asl/state_machine.h"

namespace pawl::cli {

std::string ConditionText(const asl::Condition& condition);
std::string RuleText(const asl::ChoiceRule& rule);

}  // namespace pawl::cli
