-- No query sees or makes rows of a tenant but the one that its transaction is for, whatever it asks: not even the owner's. Goes for
-- every table with a tenant, so that none is forgotten; run after each change of the tables.

CREATE OR REPLACE FUNCTION this_tenant() RETURNS BIGINT LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT nullif(current_setting('hearken.tenant', true), '')::BIGINT $$;

DO $$
DECLARE of_tenants REGCLASS;
BEGIN
    ALTER TABLE tenant ENABLE ROW LEVEL SECURITY;
    ALTER TABLE tenant FORCE ROW LEVEL SECURITY;
    DROP POLICY IF EXISTS own ON tenant;
    CREATE POLICY own ON tenant USING (name = current_setting('hearken.name', true));
    FOR of_tenants IN
        SELECT pg_class.oid FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
            WHERE relnamespace = current_schema()::REGNAMESPACE AND relkind = 'r' AND attname = 'tenant' AND NOT attisdropped
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', of_tenants);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', of_tenants);
        EXECUTE format('DROP POLICY IF EXISTS own ON %s', of_tenants);
        EXECUTE format('CREATE POLICY own ON %s USING (tenant = this_tenant())', of_tenants);
    END LOOP;
END $$;
