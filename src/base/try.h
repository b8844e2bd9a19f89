// SPDX-License-Identifier: Apache-2.0
//
// Early return for Result<T>: one line per call, plain statements (g++ 12 miscompiles some
// temporaries in statements that contain co_await, so the value is always named first).
//
//   BERTH_TRY(auto size, parse_size(text));           in a function
//   BERTH_CO_TRY(auto row, co_await find(session));    in a coroutine
//   BERTH_TRY_VOID(session.execute(kSql, {}));         when there is no value to keep
//   BERTH_CO_TRY_VOID(co_await session.commit());      the same in a coroutine
#pragma once

#include "base/error.h"

#define BERTH_CONCAT_INNER(a, b) a##b
#define BERTH_CONCAT(a, b) BERTH_CONCAT_INNER(a, b)

#define BERTH_TRY_IMPL(result, declaration, expression, return_keyword) \
    auto result = (expression);                                         \
    if (!result) {                                                      \
        return_keyword std::unexpected(std::move(result).error());      \
    }                                                                   \
    declaration = *std::move(result)

#define BERTH_CHECK_IMPL(result, expression, return_keyword)       \
    auto result = (expression);                                    \
    if (!result) {                                                 \
        return_keyword std::unexpected(std::move(result).error()); \
    }

#define BERTH_TRY(declaration, ...) \
    BERTH_TRY_IMPL(BERTH_CONCAT(berth_try_, __LINE__), declaration, (__VA_ARGS__), return)
#define BERTH_CO_TRY(declaration, ...) \
    BERTH_TRY_IMPL(BERTH_CONCAT(berth_try_, __LINE__), declaration, (__VA_ARGS__), co_return)
#define BERTH_TRY_VOID(...) \
    BERTH_CHECK_IMPL(BERTH_CONCAT(berth_try_, __LINE__), (__VA_ARGS__), return)
#define BERTH_CO_TRY_VOID(...) \
    BERTH_CHECK_IMPL(BERTH_CONCAT(berth_try_, __LINE__), (__VA_ARGS__), co_return)
