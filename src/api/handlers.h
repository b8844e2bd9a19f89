// SPDX-License-Identifier: Apache-2.0
//
// The handlers, one per operation, grouped by the source file that holds them. Each answers a
// response or an Error; only error_response.cc knows statuses of failures.
#pragma once

#include "api/context.h"
#include "base/error.h"
#include "http/message.h"
#include "io/task.h"

namespace berth::api {

using HandlerResult = io::Task<Result<http::Response>>;

// oci_base.cc
HandlerResult get_base(Context& context);
// oci_manifests.cc (acr-wire 10)
HandlerResult get_manifest(Context& context);
HandlerResult put_manifest(Context& context);
HandlerResult delete_manifest(Context& context);
// oci_blobs.cc (acr-wire 11)
HandlerResult head_blob(Context& context);
HandlerResult get_blob(Context& context);
HandlerResult delete_blob(Context& context);
// oci_uploads.cc (acr-wire 12)
HandlerResult start_upload(Context& context);
HandlerResult get_upload(Context& context);
HandlerResult patch_upload(Context& context);
HandlerResult put_upload(Context& context);
HandlerResult delete_upload(Context& context);
// oci_lists.cc (acr-wire 6, 8.5)
HandlerResult list_catalog(Context& context);
HandlerResult list_acr_catalog(Context& context);
HandlerResult list_tags(Context& context);
// oci_referrers.cc (acr-wire 13)
HandlerResult list_referrers(Context& context);
// acr_repository.cc (acr-wire 7)
HandlerResult get_acr_repository(Context& context);
HandlerResult patch_acr_repository(Context& context);
HandlerResult delete_acr_repository(Context& context);
// acr_tags.cc (acr-wire 8)
HandlerResult list_acr_tags(Context& context);
HandlerResult get_acr_tag(Context& context);
HandlerResult patch_acr_tag(Context& context);
HandlerResult delete_acr_tag(Context& context);
// acr_manifests.cc (acr-wire 9)
HandlerResult list_acr_manifests(Context& context);
HandlerResult get_acr_manifest(Context& context);
HandlerResult patch_acr_manifest(Context& context);
// acr_deleted.cc (docs/soft_delete.md)
HandlerResult list_deleted_catalog(Context& context);
HandlerResult list_deleted_manifests(Context& context);
HandlerResult list_deleted_tags(Context& context);
HandlerResult restore_deleted_manifest(Context& context);
// oauth2_token.cc (acr-wire 4.5, 4.6)
HandlerResult get_token(Context& context);
HandlerResult post_token(Context& context);
// oauth2_exchange.cc (acr-wire 4.4)
HandlerResult exchange_token(Context& context);
// key_set.cc
HandlerResult get_key_set(Context& context);

}  // namespace berth::api
