/** The federation metadata of the practice organisation's AD FS (WS-Federation 1.2 section 3): names, endpoints and the token-signing certificate. */
import type { Federation } from '../federation.js';
import type { LabResponse } from '../message.js';
import { escapeXml } from '../xml.js';

/** The metadata of AD FS (WS-Federation 1.2 section 3), unsigned. */
export function federationMetadata({ issuer, sts, signing }: Federation): LabResponse {
  const certificate = Buffer.from(signing.certificate).toString('base64');
  const endpoint = `<fed:PassiveRequestorEndpoint><EndpointReference xmlns="http://www.w3.org/2005/08/addressing"><Address>${escapeXml(`${sts}/adfs/ls/`)}</Address></EndpointReference></fed:PassiveRequestorEndpoint>`;
  const body = `<?xml version="1.0" encoding="utf-8"?>
<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${escapeXml(issuer)}"><RoleDescriptor xsi:type="fed:SecurityTokenServiceType" protocolSupportEnumeration="http://docs.oasis-open.org/wsfed/federation/200706" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:fed="http://docs.oasis-open.org/wsfed/federation/200706"><KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>${certificate}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>${endpoint}</RoleDescriptor></EntityDescriptor>
`;
  return { status: 200, headers: { 'Content-Type': 'application/samlmetadata+xml' }, body };
}
