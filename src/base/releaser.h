// SPDX-License-Identifier: Apache-2.0
//
// Ownership of a C library's objects: std::unique_ptr<BIO, Releaser<BIO_free>>.
#pragma once

namespace berth {

template <auto Release>
struct Releaser {
    template <class T>
    void operator()(T* object) const {
        Release(object);
    }
};

}  // namespace berth
