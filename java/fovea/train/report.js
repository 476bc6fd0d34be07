// Shows the values of a chart at the place under the pointer.
for (const figure of document.querySelectorAll("figure.chart:not(.cloud)")) {
    const { x, series } = JSON.parse(figure.querySelector("script").textContent);
    const svg = figure.querySelector("svg");
    const cursor = figure.querySelector(".cursor");
    const tip = figure.querySelector("output");
    const hide = () => { cursor.style.visibility = tip.style.visibility = "hidden"; };
    svg.addEventListener("pointerleave", hide);
    svg.addEventListener("pointermove", event => {
        const box = svg.getBoundingClientRect();
        const at = (event.clientX - box.left) / box.width * svg.viewBox.baseVal.width + svg.viewBox.baseVal.x;
        const nearest = points => points.reduce((a, b) => Math.abs(b[0] - at) < Math.abs(a[0] - at) ? b : a);
        const all = series.filter(s => s.points.length > 0).map(s => [s.name, nearest(s.points)]);
        if (all.length === 0) {
            return hide();
        }
        const place = nearest(all.map(([, point]) => point));
        cursor.setAttribute("x1", place[0]);
        cursor.setAttribute("x2", place[0]);
        tip.textContent = [`${x} ${place[1]}`, ...all.map(([name, point]) => `${name}: ${point[2]}`)].join("\n");
        const left = box.left - figure.getBoundingClientRect().left + (place[0] - svg.viewBox.baseVal.x) / svg.viewBox.baseVal.width * box.width;
        tip.style.left = left > box.width / 2 ? "" : `${left + 12}px`;
        tip.style.right = left > box.width / 2 ? `${figure.clientWidth - left + 12}px` : "";
        tip.style.top = "56px";
        cursor.style.visibility = tip.style.visibility = "visible";
    });
}
