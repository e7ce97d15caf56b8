-- Read-only views with the table and column names of the first data dictionary (joins and window
-- functions make them so). CREATE OR REPLACE cannot take columns away, hence the DROP.
DROP VIEW IF EXISTS ip_assignment_history, ip_reservations, ip_pools;

CREATE VIEW ip_pools AS
SELECT p.id AS pool_id, p.base_station_id AS base_id, b.code AS base_code, p.label, p.cidr,
       nullif(p.vlan, 0) AS vlan, p.notes, p.scope, p.gateway, p.state AS status, p.company_id
  FROM isp_ip_pool p JOIN isp_base_station b ON b.id = p.base_station_id;

CREATE VIEW ip_reservations AS
SELECT r.id AS reservation_id, r.base_station_id AS base_id, r.pool_id, r.ip_address,
       -- what ended by time is free, whether or not a job has relabelled it
       CASE WHEN r.state = 'quarantine' AND r.available_at <= timezone('UTC', now()) THEN 'free'
            WHEN r.state = 'reserved' AND r.lease_until <= timezone('UTC', now()) THEN 'free'
            ELSE r.state END AS status,
       r.contract_id AS client_service_id, r.partner_id AS client_id, r.inventory_item_id,
       r.purpose, r.note AS notes, r.write_date AS updated_at, r.company_id
  FROM isp_ip_reservation r JOIN isp_ip_pool p ON p.id = r.pool_id;

CREATE VIEW ip_assignment_history AS
SELECT h.id AS history_id, h.reservation_id, h.base_station_id AS base_id, h.pool_id, h.ip_address,
       h.previous_ip,
       lead(h.ip_address) OVER (
           PARTITION BY coalesce(h.contract_id, -h.id), family(h.ip_address), masklen(h.ip_address)
           ORDER BY h.id) AS new_ip,
       h.state AS status, h.contract_id AS client_service_id, h.partner_id AS client_id,
       h.inventory_item_id, h.date_from AS assigned_at, h.date_to AS released_at,
       u.login AS assigned_by, h.reason, e.login AS released_by, h.end_reason AS release_reason,
       h.company_id
  FROM isp_ip_assignment_history h
  LEFT JOIN res_users u ON u.id = h.user_id
  LEFT JOIN res_users e ON e.id = h.end_user_id;
