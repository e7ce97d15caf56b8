import { registry } from "@web/core/registry";

function stroke(canvas) {
    const box = canvas.getBoundingClientRect();
    const fire = (type, x, y) =>
        canvas.dispatchEvent(
            new PointerEvent(type, {
                pointerId: 1,
                bubbles: true,
                clientX: box.left + x,
                clientY: box.top + y,
            })
        );
    canvas.setPointerCapture = () => {}; // there is no real finger to capture
    fire("pointerdown", 20, 20);
    fire("pointermove", 90, 70);
    fire("pointerup", 90, 70);
}

registry.category("web_tour.tours").add("silver_inventory_van", {
    steps: () => [
        { trigger: ".o_silver_van button[name=install]", run: "click" },
        {
            trigger: ".o_silver_van input[name=code]",
            run: "edit prue-00000000 && press Enter",
        },
        { trigger: ".o_silver_van .alert-success:contains('PRUE00000000')" },
        { trigger: ".o_silver_van input[name=customer]", run: "edit Ana Phone" },
        { trigger: ".o_silver_van .list-group-item:contains('Ana Phone Tour')", run: "click" },
        { trigger: ".o_silver_van input[name=signal]", run: "edit -19.5" },
        {
            trigger: ".o_silver_signature",
            run() {
                stroke(this.anchor);
            },
        },
        { trigger: ".o_silver_van button[name=close]:enabled", run: "click" },
        { trigger: ".o_notification:contains('Ana Phone Tour')" },
        { trigger: ".o_silver_van .o_silver_empty" },
    ],
});
