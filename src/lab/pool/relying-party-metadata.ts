/** The federation metadata of the pool: how it introduces itself to AD FS. */
import type { RelyingParty } from '../federation.js';

/** WS-Federation 1.2 section 3.1: what an administrator gives AD FS to trust this pool. */
export function relyingPartyDocument({ identifier, endpoint }: RelyingParty): string {
  const address = `<EndpointReference xmlns="http://www.w3.org/2005/08/addressing"><Address>${endpoint}</Address></EndpointReference>`;
  return `<?xml version="1.0" encoding="utf-8"?><EntityDescriptor entityID="${identifier}" xmlns="urn:oasis:names:tc:SAML:2.0:metadata"><RoleDescriptor xsi:type="fed:ApplicationServiceType" protocolSupportEnumeration="http://docs.oasis-open.org/wsfed/federation/200706" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:fed="http://docs.oasis-open.org/wsfed/federation/200706"><fed:TargetScopes>${address}</fed:TargetScopes><fed:PassiveRequestorEndpoint>${address}</fed:PassiveRequestorEndpoint></RoleDescriptor></EntityDescriptor>`;
}
