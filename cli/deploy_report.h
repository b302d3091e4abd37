// A plan for people and for programs. Pure.
#pragma once

#include <string>
#include <vector>

#include "cli/colour.h"
#include "cli/deploy/check.h"
#include "cli/deploy/plan.h"
#include "engine/value/value.h"

namespace pawl::cli {

// Everything that a deployment will do, with the changes of definitions line by line; what it leaves
// out, and what stands in for values of AWS.
std::string PlanText(const deploy::Bundle& bundle, const deploy::Plan& plan, const Palette& paint);
// What stands in for values of AWS; "" where nothing does.
std::string StandInText(const deploy::Bundle& bundle, const Palette& paint);
// "1 to create, 2 to update, 3 unchanged"
std::string PlanSummary(const deploy::Plan& plan);
// The problems of a definition with the lines that they are about.
std::string FindingText(const deploy::Finding& finding, const Palette& paint);

Value PlanJson(const deploy::Bundle& bundle, const deploy::Plan& plan);

}  // namespace pawl::cli
