// SPDX-License-Identifier: Apache-2.0
//
// A queue in which everybody has a line of his own and the lines take turns, so that a long one
// holds up nobody else. Not synchronised. Finding the longest line looks at all of them: for
// hundreds of items, not for millions.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace berth::auth {

template <class Item>
class FairQueue {
  public:
    std::size_t size() const { return size_; }

    bool empty() const { return size_ == 0; }

    std::size_t size_of(const std::string& who) const {
        const auto found = lines_.find(who);
        return found == lines_.end() ? 0 : found->second.size();
    }

    void push(const std::string& who, Item item) {
        std::deque<Item>& line = lines_[who];
        if (line.empty()) {
            turns_.push_back(who);
        }
        line.push_back(std::move(item));
        ++size_;
    }

    /// The oldest item of whose turn it is. Requires !empty().
    Item pop() {
        const std::string who = std::move(turns_.front());
        turns_.pop_front();
        const auto line = lines_.find(who);
        Item item = std::move(line->second.front());
        line->second.pop_front();
        --size_;
        if (line->second.empty()) {
            lines_.erase(line);
        } else {
            turns_.push_back(who);
        }
        return item;
    }

    /// Removes the youngest item of the longest line when that is longer than `length`; nullopt:
    /// none is.
    std::optional<Item> drop_from_longer_than(std::size_t length) {
        const auto longest = std::ranges::max_element(
            lines_, {}, [](const auto& entry) { return entry.second.size(); });
        if (longest == lines_.end() || longest->second.size() <= length) {
            return std::nullopt;
        }
        std::optional<Item> item = std::move(longest->second.back());
        longest->second.pop_back();
        --size_;
        if (longest->second.empty()) {
            std::erase(turns_, longest->first);
            lines_.erase(longest);
        }
        return item;
    }

  private:
    std::map<std::string, std::deque<Item>> lines_;  // none is empty
    std::deque<std::string> turns_;                  // who has a line, the next first
    std::size_t size_ = 0;
};

}  // namespace berth::auth
