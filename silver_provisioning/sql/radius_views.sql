-- FreeRADIUS straight on the contracts: views instead of rows that the engine writes. For small sites on one machine.
--
-- A suspension is effective at its commit: no write step, no drift. The price: logins need the Odoo database, and wait
-- while an upgrade alters one of these tables. Plans, routers and accounting stay tables (schema radius), which the
-- engine writes and reads as in the other mode; sessions on old terms are ended by it as well.
--
--   tools/radius.sh views DATABASE_OF_ODOO       stock schema in "radius", then this file
--   tools/radius.sh up DATABASE_OF_ODOO 1812 1813
--   in Odoo, on the RADIUS server: Customers in RADIUS = Views over the contracts
--
-- Idempotent. FreeRADIUS' role reads this schema and nothing else of the database.
CREATE SCHEMA IF NOT EXISTS radius;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['radcheck', 'radreply', 'radusergroup'] LOOP
        IF EXISTS (SELECT FROM pg_tables WHERE schemaname = 'radius' AND tablename = name) THEN
            EXECUTE format('DROP TABLE radius.%I', name);
        END IF;
    END LOOP;
END $$;

CREATE OR REPLACE VIEW radius.line AS
SELECT line.id, line.username::text AS username, line.password::text AS password, line.contract_id,
       CASE WHEN contract.state = 'active' THEN 'active'
            ELSE CASE coalesce(nullif(contract.suspension_mode, ''), server.suspend_mode)
                 WHEN 'reject' THEN 'rejected' WHEN 'throttle' THEN 'throttled' ELSE 'suspended' END
            END AS status,
       coalesce(nullif(server.suspended_group, ''), 'suspended')::text AS suspended_group,
       -- product.product._radius_group_name()
       coalesce(nullif(template.radius_group, ''),
                'plan_' || regexp_replace(lower(coalesce(nullif(template.plan_code, ''), product.id::text)),
                                          '[^a-z0-9_-]+', '_', 'g'))::text AS plan_group
FROM public.isp_radius_user line
JOIN public.isp_contract contract ON contract.id = line.contract_id
JOIN public.isp_radius_server server ON server.id = line.server_id
JOIN public.product_product product ON product.id = contract.product_id
JOIN public.product_template template ON template.id = product.product_tmpl_id
WHERE contract.state IN ('active', 'suspended') AND server.sql_mode = 'views';

CREATE OR REPLACE VIEW radius.radcheck AS
SELECT id * 2 AS id, username, 'Cleartext-Password'::text AS attribute, ':='::text AS op, password AS value
FROM radius.line
UNION ALL
SELECT id * 2 + 1, username, 'Auth-Type', ':=', 'Reject' FROM radius.line WHERE status = 'rejected';

-- nothing while suspended: a reply of the user wins over the group, and would keep him on his public address
CREATE OR REPLACE VIEW radius.radreply AS
SELECT address.id, line.username,
       CASE family(address.ip_address) WHEN 4 THEN 'Framed-IP-Address' ELSE 'Delegated-IPv6-Prefix' END AS attribute,
       ':='::text AS op,
       CASE family(address.ip_address) WHEN 4 THEN host(address.ip_address)
            ELSE network(address.ip_address)::text END AS value
FROM radius.line line
JOIN public.isp_ip_reservation address ON address.contract_id = line.contract_id
WHERE line.status IN ('active', 'throttled') AND address.state IN ('reserved', 'in_use')
  AND (family(address.ip_address) = 6 OR masklen(address.ip_address) = 32);

CREATE OR REPLACE VIEW radius.radusergroup AS
SELECT id * 2 AS id, username, plan_group AS groupname, 10 AS priority FROM radius.line
UNION ALL
SELECT id * 2 + 1, username, suspended_group || CASE status WHEN 'throttled' THEN '-throttle' ELSE '' END, 1
FROM radius.line WHERE status IN ('suspended', 'throttled');
