// SPDX-License-Identifier: Apache-2.0
//
// The input as a whole session: pushes, mounts, deletions, lists and locks, with names, tags,
// blobs and manifests out of small sets, against the real pipeline. No answer may be a 5xx, and
// between requests what session_world.h promises holds.
#include "api/testing/session_world.h"
#include "base/encode.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace {

using namespace berth;
using api::FuzzAnswer;
using api::FuzzRequest;
using api::SessionWorld;
using http::Method;

constexpr std::size_t kRequestsMax = 48;
constexpr std::size_t kRequestsBetweenChecks = 8;

/// Choices, one byte each; zero once there are none left.
class Choices {
  public:
    Choices(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

    bool empty() const { return at_ >= size_; }

    std::size_t below(std::size_t count) { return empty() ? 0 : data_[at_++] % count; }

    bool yes() { return below(2) == 1; }

    std::string text(std::size_t length_max) {
        std::string taken;
        for (std::size_t left = below(length_max); left > 0 && !empty(); --left) {
            taken.push_back(static_cast<char>(data_[at_++]));
        }
        return taken;
    }

  private:
    const std::uint8_t* data_;
    std::size_t size_;
    std::size_t at_ = 0;
};

/// Small ones, which the catalog keeps, and larger ones.
std::string blob(std::size_t which) {
    return std::string(which % 2 == 0 ? 3 : 150, static_cast<char>('a' + which));
}

std::string digest_of(const std::string& content) {
    return oci::digest_of(oci::Algorithm::sha256, as_bytes(content)).text();
}

std::string descriptor(std::string_view type, const std::string& content) {
    return R"({"mediaType":")" + std::string(type) + R"(","digest":")" + digest_of(content) +
           R"(","size":)" + std::to_string(content.size()) + "}";
}

std::string image(std::size_t config, std::size_t layer) {
    return R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",)"
           R"("config":)" +
           descriptor("application/vnd.oci.image.config.v1+json", blob(config)) + R"(,"layers":[)" +
           descriptor("application/vnd.oci.image.layer.v1.tar", blob(layer)) + "]";
}

constexpr std::string_view kImage = "application/vnd.oci.image.manifest.v1+json";
constexpr std::string_view kIndex = "application/vnd.oci.image.index.v1+json";

struct Document {
    std::string text;
    std::string_view type;
};

/// Images, images about others, indexes of images, indexes of indexes.
Document document(Choices& choices) {
    const std::size_t kind = choices.below(4);
    const std::string plain = image(choices.below(4), choices.below(4)) + "}";
    const std::string about = image(choices.below(4), choices.below(4)) + R"(,"subject":)" +
                              descriptor(kImage, plain) + "}";
    const auto index = [](const std::string& child, std::string_view type) {
        return R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json",)"
               R"("manifests":[)" +
               descriptor(type, child) + "]}";
    };
    switch (kind) {
        case 0:
            return {plain, kImage};
        case 1:
            return {about, kImage};
        case 2:
            return {index(plain, kImage), kIndex};
        default:
            return {index(index(about, kImage), kIndex), kIndex};
    }
}

class Session {
  public:
    explicit Session(Choices choices) : choices_(choices), world_(choices_.yes()) {}

    void run() {
        using Step = void (Session::*)();
        constexpr std::array<Step, 15> kSteps = {
            &Session::push_blob,   &Session::begin_upload,   &Session::patch_upload,
            &Session::end_upload,  &Session::look_at_upload, &Session::mount_blob,
            &Session::put_tagged,  &Session::put_by_digest,  &Session::remove_something,
            &Session::change_lock, &Session::list_something, &Session::get_something,
            &Session::push_image,  &Session::ask_anything,   &Session::restore_something};
        for (std::size_t i = 1; i <= kRequestsMax && !choices_.empty(); ++i) {
            (this->*kSteps[choices_.below(kSteps.size())])();
            if (i % kRequestsBetweenChecks == 0) {
                world_.check();
            }
        }
        world_.check();
    }

  private:
    std::string repository() {
        constexpr std::array<std::string_view, 3> kNames = {"a", "a/b", "c"};
        return std::string(kNames[choices_.below(kNames.size())]);
    }

    std::string tag() { return std::string(1, static_cast<char>('t' + choices_.below(4))); }

    std::string& link() { return links_[choices_.below(links_.size())]; }

    FuzzAnswer ask(Method method, std::string target, std::string content = {},
                   std::vector<std::pair<std::string, std::string>> headers = {}) {
        FuzzRequest request(method, std::move(target));
        request.content = std::move(content);
        request.headers = std::move(headers);
        return world_.ask(request);
    }

    void push(const std::string& name, const std::string& content) {
        const std::string digest = digest_of(content);
        const auto answer =
            ask(Method::post, "/v2/" + name + "/blobs/uploads/?digest=" + digest, content);
        if (answer.status == 201) {
            world_.note_blob(name, digest, true);
        }
    }

    void push_blob() { push(repository(), blob(choices_.below(4))); }

    void begin_upload() {
        const std::string name = repository();
        const FuzzAnswer answer = ask(Method::post, "/v2/" + name + "/blobs/uploads/");
        if (answer.status == 202) {
            std::string& slot = link();
            slot = answer.location;
            names_[static_cast<std::size_t>(&slot - links_.data())] = name;
        }
    }

    void patch_upload() {
        FuzzRequest request(Method::patch, link());
        const std::string content = blob(choices_.below(4));
        const std::size_t from = choices_.below(content.size() + 1);
        request.content = content.substr(from, 1 + choices_.below(content.size()));
        request.breaks_off = choices_.below(8) == 7;
        if (choices_.yes()) {
            request.headers.emplace_back(
                "Content-Range",
                std::to_string(from) + "-" + std::to_string(from + request.content.size() - 1));
        }
        const FuzzAnswer answer = world_.ask(request);
        BERTH_CHECK(answer.status != 201);
    }

    void end_upload() {
        const std::size_t slot = choices_.below(links_.size());
        const std::string content = blob(choices_.below(4));
        const std::string digest = digest_of(content);
        const std::string body = choices_.yes() ? content : std::string();
        const FuzzAnswer answer = ask(
            Method::put, links_[slot] + (links_[slot].empty() ? "" : "&digest=" + digest), body);
        if (answer.status == 201) {
            world_.note_blob(names_[slot], digest, true);
        }
    }

    void look_at_upload() { ask(choices_.yes() ? Method::get : Method::remove, link()); }

    void mount_blob() {
        const std::string name = repository();
        const std::string digest = digest_of(blob(choices_.below(4)));
        const std::string from = choices_.yes() ? "&from=" + repository() : "";
        const auto answer =
            ask(Method::post, "/v2/" + name + "/blobs/uploads/?mount=" + digest + from);
        if (answer.status == 201) {
            world_.note_blob(name, digest, true);
        }
    }

    void put(const std::string& name, const Document& manifest, const std::string& reference) {
        const auto answer = ask(Method::put, "/v2/" + name + "/manifests/" + reference,
                                manifest.text, {{"Content-Type", std::string(manifest.type)}});
        if (answer.status == 201) {
            const auto got =
                ask(Method::get, "/v2/" + name + "/manifests/" + digest_of(manifest.text));
            BERTH_CHECK(got.status == 405 || (got.status == 200 && got.body == manifest.text));
        }
    }

    void put_tagged() { put(repository(), document(choices_), tag()); }

    void put_by_digest() {
        const Document manifest = document(choices_);
        put(repository(), manifest, digest_of(manifest.text) + "?tag=" + tag() + "&tag=" + tag());
    }

    /// The short way to a state in which much can be done.
    void push_image() {
        const std::string name = repository();
        for (std::size_t i = 0; i < 4; ++i) {
            push(name, blob(i));
        }
        const std::string text = image(choices_.below(4), choices_.below(4)) + "}";
        put(name, {text, kImage}, tag());
    }

    void remove_something() {
        const std::string name = repository();
        switch (choices_.below(4)) {
            case 0:
                ask(Method::remove,
                    "/v2/" + name + "/manifests/" + digest_of(document(choices_).text));
                break;
            case 1:
                ask(Method::remove, "/acr/v1/" + name + "/_tags/" + tag());
                break;
            case 2:
                ask(Method::remove, "/acr/v1/" + name);
                break;
            default: {
                const std::string digest = digest_of(blob(choices_.below(4)));
                if (ask(Method::remove, "/v2/" + name + "/blobs/" + digest).status == 202) {
                    world_.note_blob(name, digest, false);
                }
            }
        }
    }

    void restore_something() {
        const std::string bin = "/acr/v1/_deleted/" + repository();
        const std::string body = choices_.yes() ? R"({"tag":")" + tag() + R"("})" : "{}";
        ask(Method::post,
            bin + "/_manifests/" + digest_of(document(choices_).text) +
                (choices_.yes() ? "?force=true" : ""),
            body);
        ask(Method::get, bin + (choices_.yes() ? "/_manifests" : "/_tags"));
    }

    void change_lock() {
        const std::string name = "/acr/v1/" + repository();
        constexpr std::array<std::string_view, 4> kKinds = {"deleteEnabled", "writeEnabled",
                                                            "listEnabled", "readEnabled"};
        const std::string body = R"({")" + std::string(kKinds[choices_.below(4)]) + R"(":)" +
                                 (choices_.below(4) == 0 ? "false" : "true") + "}";
        switch (choices_.below(3)) {
            case 0:
                ask(Method::patch, name, body);
                break;
            case 1:
                ask(Method::patch, name + "/_tags/" + tag(), body);
                break;
            default:
                ask(Method::patch, name + "/_manifests/" + digest_of(document(choices_).text),
                    body);
        }
    }

    void list_something() {
        const std::string name = repository();
        const std::array<std::string, 6> lists = {
            "/v2/_catalog",
            "/acr/v1/_catalog",
            "/v2/" + name + "/tags/list",
            "/acr/v1/" + name + "/_tags",
            "/acr/v1/" + name + "/_manifests",
            "/v2/" + name + "/referrers/" + digest_of(image(choices_.below(4), 0) + "}")};
        const std::string query = "?n=" + std::to_string(choices_.below(5)) +
                                  "&last=" + percent_encode(choices_.text(12)) +
                                  (choices_.yes() ? "&orderby=timedesc" : "");
        ask(Method::get, lists[choices_.below(lists.size())] + query);
    }

    void get_something() {
        const std::string name = repository();
        const Method method = choices_.yes() ? Method::get : Method::head;
        if (choices_.yes()) {
            ask(method, "/v2/" + name + "/manifests/" + tag());
            return;
        }
        const std::string content = blob(choices_.below(4));
        const std::string range = "bytes=" + choices_.text(12);
        const auto whole = ask(method, "/v2/" + name + "/blobs/" + digest_of(content));
        BERTH_CHECK(whole.status != 200 || method == Method::head || whole.body == content);
        ask(method, "/v2/" + name + "/blobs/" + digest_of(content), "", {{"Range", range}});
    }

    void ask_anything() {
        constexpr std::array<Method, 6> kMethods = {Method::get, Method::head,  Method::post,
                                                    Method::put, Method::patch, Method::remove};
        constexpr std::array<std::string_view, 6> kStarts = {
            "/", "/v2/a/", "/v2/a/manifests/", "/v2/a/blobs/uploads/", "/acr/v1/a/", "/oauth2/"};
        const Method method = kMethods[choices_.below(kMethods.size())];
        std::string target(kStarts[choices_.below(kStarts.size())]);
        target += choices_.text(40);
        ask(method, std::move(target), choices_.text(60));
    }

    Choices choices_;
    SessionWorld world_;
    std::array<std::string, 3> links_;
    std::array<std::string, 3> names_;
};

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*count*/, char*** /*arguments*/) {
    api::SessionWorld::stay_in_memory();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Session(Choices(data, size)).run();
    return 0;
}
