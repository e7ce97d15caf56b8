/* global L */
import { Component, onMounted, onWillStart, onWillUnmount, useRef, useState } from "@odoo/owl";
import { loadCSS, loadJS } from "@web/core/assets";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const COLORS = {
    base: "#1d3557",
    room: "#2e9e5b",
    tight: "#e0a100",
    full: "#d23f3f",
    project: "#7a8794",
    unmet: "#d23f3f",
    customer: "#3b82c4",
};

/** Where a point lies after `metres` on a bearing in degrees; flat earth is enough for a beam. */
function offset(lat, lon, bearing, metres) {
    const angle = (bearing * Math.PI) / 180;
    const dLat = (metres * Math.cos(angle)) / 111320;
    const dLon = (metres * Math.sin(angle)) / (111320 * Math.cos((lat * Math.PI) / 180));
    return [lat + dLat, lon + dLon];
}

export class PlantMap extends Component {
    static template = "silver_isp.PlantMap";
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.root = useRef("map");
        this.layerNames = {
            boxes: _t("Boxes"),
            bases: _t("Base stations"),
            unmet: _t("Unmet demand"),
            customers: _t("Customers"),
        };
        this.state = useState({
            shown: { bases: true, boxes: true, unmet: true, customers: true },
            counts: {},
            truncated: [],
            tiles: false,
            answer: null,
        });
        this.groups = {};
        this.reload = useDebounced(() => this.refresh(), 250);
        onWillStart(async () => {
            await Promise.all([
                loadJS("/silver_isp/static/lib/leaflet/leaflet.js"),
                loadCSS("/silver_isp/static/lib/leaflet/leaflet.css"),
            ]);
            this.first = await this.orm.call("isp.plant.map", "features", [], {});
        });
        onMounted(() => this.draw());
        onWillUnmount(() => {
            this.map?.remove();
            this.map = null;
        });
    }

    draw() {
        this.map = L.map(this.root.el, { preferCanvas: true, zoomControl: true, maxZoom: 19 });
        this.root.el.plantMap = this.map; // for whoever drives the page from outside
        L.control.scale({ imperial: false }).addTo(this.map);
        if (this.first.tiles) {
            // an unreachable tile server leaves the plain ground: the plant is drawn all the same
            L.tileLayer(this.first.tiles, {
                attribution: this.first.attribution,
                maxZoom: 19,
            }).addTo(this.map);
            this.state.tiles = true;
        }
        for (const name of Object.keys(this.first.layers)) {
            this.groups[name] = L.layerGroup().addTo(this.map);
        }
        const places = Object.values(this.first.layers).flat();
        if (places.length) {
            const boxes = this.first.layers.boxes.length ? this.first.layers.boxes : places;
            this.map.fitBounds(
                boxes.map((place) => [place.lat, place.lon]),
                { padding: [40, 40], maxZoom: 16 }
            );
        } else {
            this.map.setView([0, 0], 2);
        }
        this.show(this.first);
        this.map.on("moveend", this.reload);
        this.map.on("contextmenu", (ev) => this.ask(ev.latlng));
    }

    async refresh() {
        if (!this.map) {
            return;
        }
        const bounds = this.map.getBounds().pad(0.2);
        const data = await this.orm.call("isp.plant.map", "features", [], {
            south: Math.max(bounds.getSouth(), -85),
            west: Math.max(bounds.getWest(), -180),
            north: Math.min(bounds.getNorth(), 85),
            east: Math.min(bounds.getEast(), 180),
        });
        if (this.map) {
            this.show(data);
        }
    }

    show(data) {
        this.state.truncated = data.truncated.map((name) => this.layerNames[name] || name);
        for (const [name, places] of Object.entries(data.layers)) {
            this.state.counts[name] = places.length;
            const group = (this.groups[name] ||= L.layerGroup().addTo(this.map));
            group.clearLayers();
            for (const place of places) {
                for (const shape of this.shapes(name, place)) {
                    group.addLayer(shape);
                }
            }
        }
    }

    shapes(name, place) {
        const color = COLORS[place.color] || "#000000";
        const shapes = (place.sectors || []).map((sector) => this.beam(place, sector));
        const style = {
            bases: { radius: 10, weight: 3, color: "#ffffff", fillColor: color, fillOpacity: 1 },
            boxes: { radius: 7, weight: 1.5, color: "#ffffff", fillColor: color, fillOpacity: 0.95 },
            unmet: { radius: 8, weight: 2.5, color, fillOpacity: 0.1, dashArray: "4 3" },
        }[name] || { radius: 4, weight: 1, color: "#ffffff", fillColor: color, fillOpacity: 0.9 };
        const marker = L.circleMarker([place.lat, place.lon], style);
        const text = document.createElement("div");
        text.append(Object.assign(document.createElement("b"), { textContent: place.title }));
        text.append(Object.assign(document.createElement("div"), { textContent: place.text }));
        marker.bindTooltip(text);
        marker.on("click", () => this.open(place.model, place.id));
        shapes.push(marker);
        return shapes;
    }

    beam(place, sector) {
        const points = [];
        const half = sector.beam / 2;
        for (let angle = -half; angle <= half; angle += Math.max(sector.beam / 24, 1)) {
            points.push(offset(place.lat, place.lon, sector.azimuth + angle, sector.range));
        }
        if (sector.beam < 360) {
            points.push([place.lat, place.lon]);
        }
        const style = { color: "#1d3557", weight: 1, opacity: 0.5, fillOpacity: 0.05, interactive: false };
        return L.polygon(points, style);
    }

    toggle(name) {
        this.state.shown[name] = !this.state.shown[name];
        if (this.state.shown[name]) {
            this.groups[name]?.addTo(this.map);
        } else {
            this.groups[name]?.remove();
        }
    }

    /** Right click (or a long press) on a place: can we connect it? */
    async ask(place) {
        const [id] = await this.orm.call("isp.feasibility", "check", [], {
            latitude: place.lat,
            longitude: place.lng,
        });
        const [answer] = await this.orm.read("isp.feasibility", [id], ["feasible", "reason"]);
        this.state.answer = answer;
        await this.refresh();
    }

    open(model, id) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("silver_isp.plant_map", PlantMap);
