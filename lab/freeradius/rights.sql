-- What the RADIUS server itself may do. Idempotent.
GRANT USAGE ON SCHEMA public TO silver_radius;
GRANT SELECT ON radcheck, radreply, radusergroup, radgroupcheck, radgroupreply, nas TO silver_radius;
GRANT SELECT, INSERT, UPDATE ON radacct, nasreload TO silver_radius;
GRANT SELECT, INSERT ON radpostauth TO silver_radius;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO silver_radius;
