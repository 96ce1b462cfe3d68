// The live figure of chapter 2: a line through readings, and its place in the valley of the loss.
(() => {
  // Every half minute a reading of the tub: about 3 litres at the start and 10 litres a minute.
  const y = [7.2, 9.9, 17.2, 24.9, 24.6, 30.3, 41.0, 44.0, 45.0, 53.7, 53.9, 59.6, 66.1, 64.8, 70.3, 78.9, 80.7, 91.6, 92.3, 96.6];
  const x = y.map((_, i) => 0.25 + 0.5 * i);
  const n = x.length;
  const mean = (f) => x.reduce((sum, _, i) => sum + f(i), 0) / n;
  const [mx, my, mxx, mxy] = [mean((i) => x[i]), mean((i) => y[i]), mean((i) => x[i] * x[i]), mean((i) => x[i] * y[i])];

  const loss = (w, b) => mean((i) => (w * x[i] + b - y[i]) ** 2);
  const gradient = (w, b) => [mean((i) => 2 * (w * x[i] + b - y[i]) * x[i]), mean((i) => 2 * (w * x[i] + b - y[i]))];
  const best = { w: (mxy - mx * my) / (mxx - mx * mx) };
  best.b = my - best.w * mx;

  // The two panels: [smallest, largest] value on each axis, drawn on 320 × 240.
  const W = 320, H = 240, EDGE = { left: 42, right: 8, top: 8, bottom: 36 };
  const LEFT = { x: [0, 10], y: [-10, 110] }, RIGHT = { x: [4, 16], y: [-30, 35] };
  const px = (panel, v) => EDGE.left + ((v - panel.x[0]) / (panel.x[1] - panel.x[0])) * (W - EDGE.left - EDGE.right);
  const py = (panel, v) => H - EDGE.bottom - ((v - panel.y[0]) / (panel.y[1] - panel.y[0])) * (H - EDGE.top - EDGE.bottom);

  const draw = (parent, name, attributes, text) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    if (text !== undefined) element.textContent = text; // 0 is a text too
    return parent.appendChild(element);
  };

  const axes = (svg, panel, ticks, names) => {
    const [left, right, top, bottom] = [EDGE.left, W - EDGE.right, EDGE.top, H - EDGE.bottom];
    draw(svg, "path", { class: "axis", d: `M${left} ${top}V${bottom}H${right}` });
    for (const v of ticks.x) draw(svg, "text", { x: px(panel, v), y: bottom + 14, "text-anchor": "middle" }, v);
    for (const v of ticks.y) draw(svg, "text", { x: left - 5, y: py(panel, v) + 4, "text-anchor": "end" }, `${v}`.replace("-", "−"));
    draw(svg, "text", { x: (left + right) / 2, y: H - 4, "text-anchor": "middle" }, names[0]);
    draw(svg, "text", { transform: `translate(11 ${(top + bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, names[1]);
  };

  // The loss is a quadratic bowl: it exceeds its minimum by (db + mx dw)² + (mxx − mx²) dw², so the contours are ellipses.
  const ellipse = (excess) => {
    let d = "";
    for (let k = 0; k <= 90; k++) {
      const angle = (k * Math.PI) / 45;
      const dw = Math.sqrt(excess / (mxx - mx * mx)) * Math.sin(angle);
      const db = Math.sqrt(excess) * Math.cos(angle) - mx * dw;
      d += `${k ? "L" : "M"}${px(RIGHT, best.w + dw).toFixed(1)} ${py(RIGHT, best.b + db).toFixed(1)}`;
    }
    return d;
  };

  const code = ({ w, b }, lr) => `import torch

x = torch.tensor([${x.join(", ")}])
y = torch.tensor([${y.join(", ")}])
w = torch.tensor(${w.toFixed(3)}, requires_grad=True)
b = torch.tensor(${b.toFixed(3)}, requires_grad=True)

loss = ((w * x + b - y) ** 2).mean()
loss.backward()
with torch.no_grad():  # one step
    w -= ${lr} * w.grad
    b -= ${lr} * b.grad
print(loss.item(), w.item(), b.item())`;

  const TEMPLATE = `
    <div class="nn-panels">
      <svg class="nn-data" viewBox="0 0 ${W} ${H}" role="img" aria-label="20 readings, the line, and its residuals"></svg>
      <svg class="nn-valley" viewBox="0 0 ${W} ${H}" role="img" aria-label="The loss as a valley over weight and bias, with the line's point in it"></svg>
    </div>
    <div class="nn-controls">
      <label>weight w <input type="range" name="w" min="4" max="16" step="0.1"> <output></output></label>
      <label>bias b <input type="range" name="b" min="-30" max="35" step="0.5"> <output></output></label>
      <label>learning rate <select><option>0.001</option><option>0.01</option><option selected>0.025</option><option>0.031</option></select></label>
      <button type="button" data-steps="1">One gradient step</button>
      <button type="button" data-steps="20">Twenty</button>
      <button type="button" data-reset>Start again</button>
    </div>
    <p class="nn-loss">Loss: <output aria-live="polite"></output> square litres</p>
    <details><summary>This as code</summary><pre tabindex="0"></pre></details>`;

  const start = (home) => {
    home.innerHTML = TEMPLATE;
    const find = (selector) => home.querySelector(selector);
    const [data, valley] = [find(".nn-data"), find(".nn-valley")];
    axes(data, LEFT, { x: [0, 2, 4, 6, 8, 10], y: [0, 50, 100] }, ["time x [min]", "water y [l]"]);
    axes(valley, RIGHT, { x: [4, 7, 10, 13, 16], y: [-30, 0, 30] }, ["weight w [l/min]", "bias b [l]"]);
    const inside = { x: EDGE.left, y: EDGE.top, width: W - EDGE.left - EDGE.right, height: H - EDGE.top - EDGE.bottom };
    for (const [svg, id] of [[data, "nn-clip-data"], [valley, "nn-clip-valley"]])
      draw(draw(svg, "clipPath", { id }), "rect", inside);
    const plotted = draw(data, "g", { "clip-path": "url(#nn-clip-data)" });
    const bowl = draw(valley, "g", { "clip-path": "url(#nn-clip-valley)" });
    for (const excess of [5, 20, 60, 150, 350, 700, 1300]) draw(bowl, "path", { class: "contour", d: ellipse(excess) });
    const residuals = x.map((v, i) => draw(plotted, "line", { class: "residual", x1: px(LEFT, v), x2: px(LEFT, v), y1: py(LEFT, y[i]) }));
    x.forEach((v, i) => draw(plotted, "circle", { class: "reading", cx: px(LEFT, v), cy: py(LEFT, y[i]), r: 3 }));
    const line = draw(plotted, "line", { class: "line" });
    const walk = draw(bowl, "polyline", { class: "walk" });
    const point = draw(bowl, "circle", { class: "point", r: 5 });

    const first = { w: 6, b: -20 };
    const state = { ...first };
    let path = [];
    const there = /^#line=([-\d.]+),([-\d.]+)$/.exec(location.hash);
    if (there && Number.isFinite(+there[1]) && Number.isFinite(+there[2])) Object.assign(state, { w: +there[1], b: +there[2] });

    const show = () => {
      const { w, b } = state;
      for (const [end, v] of [[1, 0], [2, 10]]) {
        line.setAttribute(`x${end}`, px(LEFT, v));
        line.setAttribute(`y${end}`, py(LEFT, w * v + b));
      }
      residuals.forEach((r, i) => r.setAttribute("y2", py(LEFT, w * x[i] + b)));
      point.setAttribute("cx", px(RIGHT, w));
      point.setAttribute("cy", py(RIGHT, b));
      walk.setAttribute("points", path.map((p) => `${px(RIGHT, p.w)},${py(RIGHT, p.b)}`).join(" "));
      for (const name of ["w", "b"]) {
        const input = find(`[name=${name}]`);
        input.value = state[name];
        input.nextElementSibling.textContent = state[name].toFixed(2).replace("-", "−");
      }
      const value = loss(w, b);
      find(".nn-loss output").textContent = value < 1e5 ? value.toFixed(2) : "it has left the valley: more than 100 000";
      find("pre").textContent = code(state, find("select").value);
    };
    const go = (w, b) => {
      Object.assign(state, { w, b });
      path.push({ w, b });
      show();
    };
    const remember = () => history.replaceState(null, "", `#line=${state.w.toFixed(3)},${state.b.toFixed(3)}`);
    const moveTo = (w, b) => {
      path = [];
      go(w, b);
    };

    home.addEventListener("input", (event) => {
      // Only what was moved: the other slider may stand on a rounded value.
      const { name, value } = event.target;
      if (name) moveTo(name === "w" ? +value : state.w, name === "b" ? +value : state.b);
      else show();
    });
    home.addEventListener("change", remember);
    home.addEventListener("click", (event) => {
      const { steps, reset } = event.target.dataset;
      if (reset !== undefined) moveTo(first.w, first.b);
      for (let k = 0; k < +(steps ?? 0); k++) {
        const [dw, db] = gradient(state.w, state.b);
        const lr = +find("select").value;
        if (Math.abs(state.w) < 1e3) go(state.w - lr * dw, state.b - lr * db);
      }
      if (steps || reset !== undefined) remember();
    });
    valley.addEventListener("pointerdown", (event) => valley.setPointerCapture(event.pointerId));
    for (const kind of ["pointerdown", "pointermove"])
      valley.addEventListener(kind, (event) => {
        if (!event.buttons) return;
        const box = valley.getBoundingClientRect();
        const at = (v, [low, high], from, to) => Math.min(high, Math.max(low, low + ((v - from) / (to - from)) * (high - low)));
        const [u, v] = [((event.clientX - box.left) / box.width) * W, ((event.clientY - box.top) / box.height) * H];
        moveTo(at(u, RIGHT.x, EDGE.left, W - EDGE.right), at(v, RIGHT.y, H - EDGE.bottom, EDGE.top));
      });
    valley.addEventListener("pointerup", remember);
    path = [{ ...state }];
    show();
  };

  document.querySelectorAll('.nn-live[data-figure="line"]').forEach(start);
})();
