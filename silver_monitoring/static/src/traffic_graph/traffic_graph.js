import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { SeriesGraph } from "../series_graph/series_graph";

const IN = { line: "#2b6aa5", band: "rgba(59, 130, 196, 0.15)" };
const OUT = { line: "#3a8f5c", band: "rgba(58, 143, 92, 0.15)" };
const NEAR = 0.5; // of the capacity: from there on the line of the capacity is drawn

/** What goes through an interface: on its form, or on that of a device, with all its interfaces to choose from. */
export class TrafficGraph extends SeriesGraph {
    static chooser = "silver_monitoring.TrafficGraph.Chooser";
    rootClass = "o_silver_traffic";

    initialState() {
        return { days: 7, interfaces: [], chosen: false };
    }

    async load(props) {
        const { record } = props;
        if (record.resModel === "isp.interface") {
            this.state.chosen = record.resId;
        } else if (record.resId && !this.state.interfaces.some((found) => found.id === this.state.chosen)) {
            await this.list(record);
        }
        await super.load(props);
    }

    async list(record) {
        this.state.interfaces = await this.orm.call(record.resModel, "traffic_interfaces", [[record.resId]]);
        this.state.chosen = this.state.interfaces[0]?.id || false;
    }

    async choose(ev) {
        this.state.chosen = Number(ev.target.value);
        await this.load(this.props);
    }

    fetch() {
        const { chosen, days } = this.state;
        return chosen ? this.orm.call("isp.interface", "traffic_series", [[chosen]], { days }) : null;
    }

    /** In and out may have different capacities (a PON): the line is that of the fuller direction. */
    get capacity() {
        const { data } = this.state;
        return Math.max(data.capacity_in, data.capacity_out);
    }

    get highest() {
        return Math.max(0, ...this.state.data.points.flatMap((point) => point.slice(1)).map(Number));
    }

    datasets() {
        const { data } = this.state;
        const drawn = [
            this.curve(_t("In (Mbps)"), 1, IN.line),
            this.edge(_t("Highest in"), 2, IN.band, "origin"),
            this.curve(_t("Out (Mbps)"), 3, OUT.line),
            this.edge(_t("Highest out"), 4, OUT.band, "origin"),
        ];
        if (this.capacity && this.highest > NEAR * this.capacity) {
            const limit = Math.round(data.limit);
            drawn.push(this.limit(_t("Capacity"), this.capacity, "#d23f3f"));
            drawn.push(this.limit(`${limit} %`, (this.capacity * data.limit) / 100, "#e0a100"));
        }
        return drawn;
    }

    scales() {
        return { y: { beginAtZero: true, title: { display: true, text: "Mbps" } } };
    }

    told(item) {
        const side = item.datasetIndex < 2 ? "capacity_in" : "capacity_out";
        const most = this.state.data[side];
        const share = most && item.parsed.y !== null && item.datasetIndex < 4
            ? ` (${Math.round((100 * item.parsed.y) / most)} %)`
            : "";
        return super.told(item) + share;
    }
}

registry.category("view_widgets").add("silver_traffic_graph", { component: TrafficGraph });
