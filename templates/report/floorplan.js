// The floorplan: what is chosen shows its flows.
function element(name, text, kind) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

class Floorplan {
  constructor(number, data) {
    this.data = data;
    this.mesh = document.getElementById(`mesh-${number}`);
    this.panel = document.getElementById(`chosen-${number}`);
    this.parts = new Map([...this.mesh.querySelectorAll('[data-key]')].map(part => [part.dataset.key, part]));
    for (const [key, part] of this.parts) {
      part.addEventListener('click', () => this.choose(key));
      part.addEventListener('keydown', event => {
        if (event.key === 'Enter' || event.key === ' ') {
          event.preventDefault();
          this.choose(key);
        }
      });
    }
  }

  who(index) {
    const unit = this.data.units[index];
    return unit.layer ? `${unit.name} of ${unit.layer}` : unit.name;
  }

  choose(key) {
    const [kind, index] = key.split(' ');
    const plan = this.data.floorplan;
    for (const part of this.parts.values()) part.classList.remove('on', 'flow');
    this.parts.get(key).classList.add('on');
    const rows = kind === 'link' ? this.ofLink(Number(index)) : this.ofNode(Number(index));
    const title = kind === 'link' ? plan.mesh_links[index].name : plan.nodes[index].name;
    const head = element('h4', title);
    const facts = kind === 'link'
      ? element('p', `${grouped(plan.mesh_links[index].flits)} flits of all frames, ${(100 * plan.mesh_links[index].share).toFixed(3)} % of the cycles.`)
      : element('p', plan.nodes[index].units.length ? plan.nodes[index].units.map(unit => this.who(unit)).join(', ') : 'No unit of this node is in use.');
    this.panel.replaceChildren(head, facts, this.table(rows, kind === 'link' ? 'Flows over this link' : 'Flows from and to this node'));
    const linked = new Set(rows.flatMap(row => row.flow.links.map(([link]) => link)));
    for (const link of linked) {
      const part = this.parts.get(`link ${link}`);
      if (part && `link ${link}` !== key) part.classList.add('flow');
    }
  }

  ofLink(link) {
    const rows = [];
    for (const flow of this.data.floorplan.flows) {
      const own = flow.links.find(([id]) => id === link);
      if (own) rows.push({ flow, flits: own[1] });
    }
    return rows.sort((a, b) => b.flits - a.flits);
  }

  ofNode(node) {
    const units = new Set(this.data.floorplan.nodes[node].units);
    const flows = this.data.floorplan.flows.filter(flow => units.has(flow.source) || units.has(flow.target));
    return flows.map(flow => ({ flow, flits: flow.flits })).sort((a, b) => b.flits - a.flits);
  }

  table(rows, caption) {
    if (!rows.length) return element('p', 'No packets in the first batch.');
    const table = element('table'), body = element('tbody'), head = element('tr');
    table.append(element('caption', caption));
    for (const [name, kind] of [['From', ''], ['To', ''], ['Packets', 'number'], ['Flits', 'number']]) {
      const cell = element('th', name, kind);
      cell.scope = 'col';
      head.append(cell);
    }
    const top = element('thead');
    top.append(head);
    const MOST = 200;
    for (const { flow, flits } of rows.slice(0, MOST)) {
      const row = element('tr');
      row.append(element('td', this.who(flow.source)), element('td', this.who(flow.target)), element('td', grouped(flow.packets), 'number'), element('td', grouped(flits), 'number'));
      body.append(row);
    }
    table.append(top, body);
    const box = element('div', undefined, 'scroll');
    box.tabIndex = 0;
    box.setAttribute('role', 'region');
    box.setAttribute('aria-label', caption);
    box.append(table);
    if (rows.length > MOST) box.append(element('p', `and ${rows.length - MOST} more with fewer flits`));
    return box;
  }
}
