# SPDX-License-Identifier: Apache-2.0
"""A small C++ reader for tools/tidy.py: blanks comments and literals, finds blocks and statements.

It is a heuristic that fits clang-formatted code, not a parser.
"""
import re
from dataclasses import dataclass, field

_LITERAL = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"'
    r"|\"(?:\\.|[^\"\\\n])*\"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'", re.DOTALL)

# What may stand before the brace of a block (as opposed to a braced initialiser).
_BLOCK_HEAD = re.compile(
    r"(?:\)|\]|^|[;{}:]|\b(?:else|do|try|const|noexcept|override|final|mutable|extern))\s*$")
_NAMED_HEAD = re.compile(
    r"^(?:template\b.*>\s*)?(?:inline\s+)?(?P<kind>namespace|class|struct|union|enum)\b")
_TRAILING_RETURN = re.compile(r"\)\s*(?:const|noexcept|mutable|\s)*->[^;{}]*$")
_LAMBDA = re.compile(r"(?:^|[=(,{&|?:!]|\breturn|\bco_await)\s*\[(?P<captures>[^\[\]]*)\]\s*[({]")
_CONTROL = re.compile(r"^(?:\}?\s*else\s+)?(?:if|for|while|switch|catch|do|else|try)\b")


def blank(text):
    """The text with comments and literals replaced by spaces (quotes kept), lines unchanged."""
    def spaces(match):
        found = match.group(0)
        kept = re.sub(r"[^\n]", " ", found)
        return kept if found.startswith("/") else '"' + kept[1:-1] + '"'
    return _LITERAL.sub(spaces, text)


@dataclass
class Block:
    """A brace pair that is no initialiser. kind: namespace, type, function, lambda, plain."""
    kind: str
    head: str
    line: int
    last_line: int = 0
    pure_virtuals: int = 0


@dataclass
class Statement:
    """Text up to ';' or a block's brace; nested lambda bodies are left out."""
    text: str
    line: int
    braces: bool = False
    captures: list = field(default_factory=list)


def _block_kind(head, parent):
    named = _NAMED_HEAD.match(head.strip())
    if named:
        return "namespace" if named.group("kind") == "namespace" else "type"
    if parent in ("namespace", "type") and "(" in head:
        return "function"
    return "plain"


class Scanner:
    """One pass over blanked code; fills .blocks and .statements."""

    def __init__(self, code):
        self.blocks = []
        self.statements = []
        self._line = 1
        self._stack = []  # (closer, Block or None, saved statement or None)
        self._text = ""
        self._start = 1
        self._braces = False
        self._captures = []
        for line in code.split("\n"):
            if not line.lstrip().startswith("#"):
                for char in line:
                    self._take(char)
            self._take("\n")
            self._line += 1
        self._end_statement()

    def _take(self, char):
        if char in "([":
            self._stack.append((")" if char == "(" else "]", None, None))
            self._append(char)
        elif char in ")]":
            self._pop(char)
            self._append(char)
        elif char == "{":
            self._open()
        elif char == "}":
            self._close()
        elif char == ";" and not (self._stack and self._stack[-1][0] in ")]"):
            self._count_pure_virtual()
            self._end_statement()
        else:
            self._append(char)

    def _append(self, char):
        if not self._text.strip():
            self._start = self._line
        self._text += char

    def _pop(self, closer):
        if self._stack and self._stack[-1][0] == closer:
            self._stack.pop()

    def _parent_kind(self):
        for _, block, _ in reversed(self._stack):
            if block is not None:
                return block.kind
        return "namespace"

    def _in_expression(self):
        return bool(self._stack) and self._stack[-1][1] is None

    def _open(self):
        head = self._text.strip()
        lambdas = _LAMBDA.findall(head + "{")
        is_block = bool(_BLOCK_HEAD.search(head) or _TRAILING_RETURN.search(head)
                        or _NAMED_HEAD.match(head))
        if self._parent_kind() in ("namespace", "type") and not self._in_expression():
            is_block = is_block and not re.search(r"=\s*$", head)
        if not is_block or (self._in_expression() and not self._ends_lambda_head(head)):
            self._braces = True
            self._append("{")
            self._stack.append(("}", None, None))
            return
        if self._ends_lambda_head(head) and not _CONTROL.match(head):
            block = Block("lambda", head, self._line)
            if lambdas:
                self._captures.append(lambdas[-1])
            saved = (self._text, self._start, self._braces, self._captures)
            self._stack.append(("}", block, saved))
            self._reset()
            return
        block = Block(_block_kind(head, self._parent_kind()), head, self._start)
        self._end_statement()
        self._stack.append(("}", block, None))

    @staticmethod
    def _ends_lambda_head(head):
        """Does the text end in [captures], optionally followed by (...) and a return type?"""
        tail = re.search(
            r"\[[^\[\]]*\]\s*(?:\((?:[^()]|\([^()]*\))*\)\s*(?:mutable|noexcept|\s)*"
            r"(?:->[^;{}]*)?)?$", head)
        if not tail:
            return False
        before = head[:tail.start()].rstrip()
        return not before or not re.search(r"[\w\])>]$", before) or bool(
            re.search(r"\b(?:return|co_return|co_await)$", before))

    def _close(self):
        while self._stack and self._stack[-1][0] != "}":
            self._stack.pop()
        if not self._stack:
            return
        _, block, saved = self._stack.pop()
        if block is None:
            self._append("}")
            return
        self._end_statement()
        block.last_line = self._line
        self.blocks.append(block)
        if saved is not None:
            self._text, self._start, self._braces, self._captures = saved
            self._append(" ")

    def _count_pure_virtual(self):
        if re.search(r"=\s*0\s*$", self._text) and self._stack and self._stack[-1][1]:
            self._stack[-1][1].pure_virtuals += 1

    def _end_statement(self):
        if self._text.strip():
            self.statements.append(
                Statement(self._text.strip(), self._start, self._braces, self._captures))
        self._reset()

    def _reset(self):
        self._text = ""
        self._braces = False
        self._captures = []
