#include "backend/serving_state.h"
