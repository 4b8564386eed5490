// SPDX-License-Identifier: Apache-2.0
#include "checks/health_state.h"
