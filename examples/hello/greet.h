// The service's handlers, apart from main() so that a test can have them too.
#pragma once

#include "pawl/handlers.h"

pawl::Handlers HelloHandlers();
