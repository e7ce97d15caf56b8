import { Component, onWillStart, onWillUpdateProps, useEffect, useRef, useState } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const { DateTime } = luxon;
const HOUR = 3600000;
/** Points further apart than this are not joined: nobody knows what was between them. */
const GAP = { sample: HOUR, hour: 4 * HOUR, day: 60 * HOUR };

/**
 * What a device measured, as lines over time. The heir says what is asked (`fetch`) and how it is drawn
 * (`datasets`, `scales`); points are [moment in ms, ...values], false where there is none.
 */
export class SeriesGraph extends Component {
    static template = "silver_monitoring.SeriesGraph";
    static chooser = "silver_monitoring.SeriesGraph.NoChooser";
    static props = { ...standardWidgetProps };
    rootClass = "";

    setup() {
        this.orm = useService("orm");
        this.canvas = useRef("canvas");
        this.turn = 0;
        this.state = useState({ days: 30, data: null, ...this.initialState() });
        // both at once: a call made after the form was drawn anew would be one of a destroyed component
        onWillStart(() => Promise.all([loadBundle("web.chartjs_lib"), this.load(this.props)]));
        onWillUpdateProps(async (next) => {
            if (next.record.resId !== this.props.record.resId) {
                await this.load(next);
            }
        });
        useEffect(
            () => {
                const chart = this.draw();
                return () => chart?.destroy();
            },
            () => [this.state.data, this.canvas.el]
        );
    }

    get ranges() {
        return [
            { days: 1, name: _t("Day") },
            { days: 7, name: _t("Week") },
            { days: 30, name: _t("Month") },
            { days: 180, name: _t("Half a year") },
        ];
    }

    initialState() {
        return {};
    }

    /** @returns the answer of the server: `points`, `resolution` and what the heir draws */
    async fetch(_record) {}

    datasets() {
        return [];
    }

    scales() {
        return {};
    }

    async load({ record }) {
        const turn = ++this.turn;
        const data = record.resId ? await this.fetch(record) : null;
        // a slow answer to an earlier question must not cover that to a later one
        if (turn === this.turn) {
            this.state.data = data;
        }
    }

    async setDays(days) {
        this.state.days = days;
        await this.load(this.props);
    }

    get empty() {
        return !this.state.data?.points.length;
    }

    /** Chart.js breaks a line at a null: one is put where readings are missing. */
    line(index) {
        const { points, resolution } = this.state.data;
        const line = [];
        for (const point of points) {
            const last = line.at(-1);
            if (last && point[0] - last.x > GAP[resolution]) {
                line.push({ x: last.x + 1, y: null });
            }
            line.push({ x: point[0], y: point[index] === false ? null : point[index] });
        }
        return line;
    }

    /** A line with a legend; `pointRadius` shows single points where there are few. */
    curve(label, index, color) {
        return {
            label,
            data: this.line(index),
            borderColor: color,
            backgroundColor: color,
            borderWidth: 1.5,
            pointRadius: this.state.data.points.length > 60 ? 0 : 2,
            fill: false,
        };
    }

    /** The edge of a coloured band, without a legend. */
    edge(label, index, color, fill) {
        return {
            label,
            data: this.line(index),
            borderWidth: 0,
            pointRadius: 0,
            backgroundColor: color,
            fill,
            hidden_legend: true,
        };
    }

    limit(label, value, color) {
        const { points } = this.state.data;
        return {
            label,
            data: [points[0], points.at(-1)].map((point) => ({ x: point[0], y: value })),
            borderColor: color,
            borderWidth: 1,
            borderDash: [5, 4],
            pointRadius: 0,
            fill: false,
        };
    }

    draw() {
        if (this.empty || !this.canvas.el) {
            return;
        }
        const { points } = this.state.data;
        const datasets = this.datasets();
        return new Chart(this.canvas.el, {
            type: "line",
            data: { datasets },
            options: {
                animation: false,
                maintainAspectRatio: false,
                interaction: { mode: "nearest", axis: "x", intersect: false },
                scales: {
                    x: {
                        type: "linear",
                        min: points[0][0],
                        max: points.at(-1)[0],
                        ticks: { maxTicksLimit: 9, callback: (value) => this.moment(value) },
                    },
                    ...this.scales(),
                },
                plugins: {
                    legend: {
                        position: "bottom",
                        labels: {
                            boxWidth: 14,
                            filter: (item) => !datasets[item.datasetIndex].hidden_legend,
                        },
                    },
                    tooltip: {
                        callbacks: {
                            title: (items) =>
                                DateTime.fromMillis(items[0].parsed.x).toFormat("dd/MM/yyyy HH:mm"),
                            label: (item) => this.told(item),
                        },
                    },
                },
            },
        });
    }

    told(item) {
        return `${item.dataset.label}: ${item.parsed.y?.toFixed(1) ?? "–"}`;
    }

    moment(value) {
        const format = this.state.days <= 1 ? "HH:mm" : "dd/MM";
        return DateTime.fromMillis(value).toFormat(format);
    }
}
