// SPDX-License-Identifier: Apache-2.0
#include "checks/outcome.h"
