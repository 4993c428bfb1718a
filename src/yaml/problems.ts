import type { ErrorCode } from "yaml";

/**
 * What the YAML parser found, in our words. Its own messages quote the text around the fault, and that may be a
 * part of a secret.
 */
export const YAML_PROBLEMS: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: "an alias (*name) can have neither an anchor nor a tag",
  BAD_ALIAS:
    "an anchor (&name) or alias (*name) has no proper name; put a text that starts with & or * in quotes",
  BAD_COLLECTION_TYPE: "a tag does not fit what it stands before",
  BAD_DIRECTIVE: "a line that starts with % is a directive, and this one is not known",
  BAD_DQ_ESCAPE: "a backslash in double quotes starts an escape that does not exist; use single quotes",
  BAD_INDENT: "the indentation does not fit the lines before, or a bracket is not closed",
  BAD_PROP_ORDER: "an anchor or tag stands in the wrong place",
  BAD_SCALAR_START: "a text cannot start with this sign; put it in quotes",
  BLOCK_AS_IMPLICIT_KEY: "there are two keys on one line; put a text that contains a colon in quotes",
  BLOCK_IN_FLOW: "a comma is missing between entries in { } or [ ]",
  DUPLICATE_KEY: "this key is there twice; keep one of them",
  IMPOSSIBLE: "the text makes no sense here",
  KEY_OVER_1024_CHARS: "a key is longer than 1024 characters",
  MISSING_CHAR: "a sign is missing: a colon after a key, a comma, or the closing quote or bracket",
  MULTILINE_IMPLICIT_KEY: "a key goes over several lines; the colon after it may be missing",
  MULTIPLE_ANCHORS: "a value has more than one anchor",
  MULTIPLE_DOCS: "there is more than one document; remove the line --- between them",
  MULTIPLE_TAGS: "a value has more than one tag",
  NON_STRING_KEY: "a key is not a plain text",
  RESOURCE_EXHAUSTION: "it is nested too deeply",
  TAB_AS_INDENT: "a tab is used as indentation; use spaces",
  TAG_RESOLVE_FAILED: "it has a tag (!name) that is not known; put a text that starts with ! in quotes",
  UNEXPECTED_TOKEN: "this does not belong here; check the commas, quotes and indentation before it",
};
