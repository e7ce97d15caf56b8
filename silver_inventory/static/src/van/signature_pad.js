import { Component, onMounted, useRef } from "@odoo/owl";

/** Draw with a finger; gives a PNG data URL after each stroke, and null when cleared. */
export class SignaturePad extends Component {
    static template = "silver_inventory.SignaturePad";
    static props = { onChange: Function };

    setup() {
        this.canvas = useRef("canvas");
        this.drawing = false;
        onMounted(() => this.clear());
    }

    clear() {
        const canvas = this.canvas.el;
        canvas.width = canvas.clientWidth;
        canvas.height = canvas.clientHeight;
        const context = canvas.getContext("2d");
        context.fillStyle = "#fff";
        context.fillRect(0, 0, canvas.width, canvas.height);
        context.lineWidth = 2;
        context.lineCap = "round";
        this.props.onChange(null);
    }

    down(ev) {
        this.canvas.el.setPointerCapture(ev.pointerId);
        this.drawing = true;
        const context = this.canvas.el.getContext("2d");
        context.beginPath();
        context.moveTo(ev.offsetX, ev.offsetY);
    }

    move(ev) {
        if (this.drawing) {
            const context = this.canvas.el.getContext("2d");
            context.lineTo(ev.offsetX, ev.offsetY);
            context.stroke();
        }
    }

    up() {
        if (this.drawing) {
            this.drawing = false;
            this.props.onChange(this.canvas.el.toDataURL("image/png"));
        }
    }
}
