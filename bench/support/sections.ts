/** Puts what is made between the marks of each name. @throws Error if the page has no such place */
export function withSections(page: string, mark: string, sections: Readonly<Record<string, string>>): string {
  let text = page;
  for (const [name, made] of Object.entries(sections)) {
    const [begin, end] = [`<!-- ${mark} ${name} -->`, "<!-- end -->"];
    const from = text.indexOf(begin);
    const to = text.indexOf(end, from);
    if (from < 0 || to < 0) throw new Error(`the page has no place for "${name}": ${begin} … ${end}`);
    text = `${text.slice(0, from)}${begin}\n\n${made}\n\n${text.slice(to)}`;
  }
  return text;
}
