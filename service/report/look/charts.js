"use strict";

// Draws the charts of a page from the data beside them, and lets them be taken as pictures and tables.

(() => {
  const SIZE = { width: 1200, scale: 2 }; // of a picture
  const colours = () => {
    const told = getComputedStyle(document.documentElement);
    return { ink: told.getPropertyValue("--ink").trim(), line: told.getPropertyValue("--line").trim() };
  };

  function themed(layout, { ink, line }, more = {}) {
    const axes = {};
    for (const name of ["xaxis", "yaxis"]) {
      axes[name] = { ...layout[name], gridcolor: line, linecolor: line, tickcolor: line };
    }
    return { ...layout, ...axes, font: { ...layout.font, color: ink }, ...more };
  }

  function save(name, address) {
    const link = document.createElement("a");
    link.href = address;
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
  }

  // Excel of Russian Windows: a mark of UTF-8, semicolons, decimal commas. No cell is taken for a formula.
  function table(element) {
    const cell = (text) => {
      const plain = text.trim().replace(/[\u00a0\u202f]/g, "").replace(/^\u2212/, "-");
      const said = /^-?\d+(,\d+)?$/.test(plain) ? plain : text.trim();
      const safe = /^[=+@\t\r]|^-(?!\d+(,\d+)?$)/.test(said) ? `'${said}` : said;
      return /[";\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
    };
    const rows = [...element.rows].map((row) => [...row.cells].map((one) => cell(one.textContent)).join(";"));
    return "\ufeff" + rows.join("\r\n") + "\r\n";
  }

  async function take(figure, kind) {
    const name = `${figure.id}.${kind}`;
    if (kind === "csv") {
      const held = URL.createObjectURL(new Blob([table(figure.querySelector("table"))], { type: "text/csv" }));
      save(name, held);
      URL.revokeObjectURL(held);
      return;
    }
    // On white whatever the screen is like: pictures go into documents.
    const { data, layout, height } = figure.drawn;
    const title = { text: figure.querySelector("h3").textContent, x: 0.02, xanchor: "left" };
    const light = themed(layout, { ink: "#1c2430", line: "#c9d0d9" }, {
      paper_bgcolor: "#fff", plot_bgcolor: "#fff", title, margin: { ...layout.margin, t: 64 },
    });
    const size = { ...SIZE, height: Math.max(480, height + 120), format: "png" };
    save(name, await Plotly.toImage({ data, layout: light }, size));
  }

  function draw(figure) {
    const { data, layout } = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
    const plot = figure.querySelector(".plot");
    const height = Number(plot.dataset.height);
    plot.style.height = `${height}px`; // Plotly forgets it when the window changes, and words would lie over the chart
    figure.drawn = { data, layout, height };
    Plotly.newPlot(plot, data, themed(layout, colours(), { height }), { displayModeBar: false, responsive: true });
    figure.querySelector(".take").hidden = false;
    for (const button of figure.querySelectorAll("[data-take]")) {
      button.addEventListener("click", () => take(figure, button.dataset.take));
    }
  }

  const figures = [...document.querySelectorAll("figure.chart")];
  figures.forEach(draw);
  const again = (seen) => figures.forEach((figure) => {
    const { layout, height } = figure.drawn;
    Plotly.relayout(figure.querySelector(".plot"), themed(layout, seen, { height, autosize: true }));
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => again(colours()));
  // Paper is white and narrower than the window.
  matchMedia("print").addEventListener("change", (told) => again(told.matches ? { ink: "#000", line: "#bbb" } : colours()));
})();
