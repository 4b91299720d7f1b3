//! The figures of the sample service: the documented customer, and five invented ones.
//! It knows no endpoint.

/// A customer of the sample.
pub struct SampleCustomer {
    pub id: &'static str,
    pub name: &'static str,
    pub domain: &'static str,
    /// In UTC, without an offset.
    pub date: &'static str,
    pub products: &'static [Product],
    /// Answers the first request with 429.
    pub is_throttled: bool,
    /// Answers with 403.
    pub is_forbidden: bool,
}

/// What a customer has bought; all of it may use each of the workloads.
pub struct Product {
    /// Microsoft's id of it (the `skuId` of Entra).
    pub id: &'static str,
    pub name: &'static str,
    pub sold: u32,
    /// Assigned to somebody.
    pub deployed: u32,
    /// Each with its active seats.
    pub workloads: &'static [(Workload, u32)],
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Workload {
    Exchange,
    SharePoint,
    Skype,
    Teams,
    Dynamics,
}

impl Workload {
    pub fn name(self) -> &'static str {
        match self {
            Self::Exchange => "Exchange",
            Self::SharePoint => "SharePoint",
            Self::Skype => "Skype For Business",
            Self::Teams => "Teams",
            Self::Dynamics => "Microsoft Dynamics CRM",
        }
    }

    pub fn code(self) -> &'static str {
        match self {
            Self::Exchange => "EXO",
            Self::SharePoint => "SPO",
            Self::Skype => "SFB",
            Self::Teams => "TEAMS",
            Self::Dynamics => "CRM",
        }
    }
}

impl Product {
    /// The name of its service at the older endpoints, the code at the newer ones.
    pub fn service(&self) -> &'static str {
        if self.workloads.iter().any(|(workload, _)| *workload == Workload::Dynamics) { "dynamics" } else { "o365" }
    }
}

/// The customer of Microsoft's documentation.
pub const DOCUMENTED: &str = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";

pub const CUSTOMERS: [SampleCustomer; 6] = [
    SampleCustomer {
        id: DOCUMENTED,
        name: "DT DEMO CSP CUSTOMER 005",
        domain: "dtdemocspcustomer005.onmicrosoft.com",
        date: "2017-03-09T00:00:00",
        products: &[
            Product {
                id: "3B555118-DA6A-4418-894F-7DF1E2096870",
                name: "OFFICE 365 BUSINESS ESSENTIALS",
                sold: 1,
                deployed: 0,
                workloads: &[(Workload::Exchange, 0), (Workload::SharePoint, 0), (Workload::Skype, 0)],
            },
            Product {
                id: "4B9405B0-7788-4568-ADD1-99614E613B69",
                name: "EXCHANGE ONLINE (PLAN 1)",
                sold: 5,
                deployed: 0,
                workloads: &[(Workload::Exchange, 0)],
            },
            Product {
                id: "EE02FD1B-340E-4A4B-B355-4A514E4C8943",
                name: "EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE",
                sold: 2,
                deployed: 0,
                workloads: &[(Workload::Exchange, 0)],
            },
        ],
        is_throttled: false,
        is_forbidden: false,
    },
    SampleCustomer {
        id: "0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01",
        name: "Contoso Ltd",
        domain: "contoso.onmicrosoft.com",
        date: "2017-03-12T00:00:00",
        products: &[
            Product {
                id: "6FD2C87F-B296-42F0-B197-1E91E994B900",
                name: "OFFICE 365 ENTERPRISE E3",
                sold: 250,
                deployed: 238,
                workloads: &[
                    (Workload::Exchange, 231),
                    (Workload::SharePoint, 148),
                    (Workload::Skype, 187),
                    (Workload::Teams, 96),
                ],
            },
            Product {
                id: "4B9405B0-7788-4568-ADD1-99614E613B69",
                name: "EXCHANGE ONLINE (PLAN 1)",
                sold: 40,
                deployed: 22,
                workloads: &[(Workload::Exchange, 12)],
            },
            Product {
                id: "1E1A282C-9C54-43A2-9310-98EF728FAACE",
                name: "DYNAMICS 365 FOR SALES",
                sold: 30,
                deployed: 10,
                workloads: &[(Workload::Dynamics, 9)],
            },
        ],
        is_throttled: false,
        is_forbidden: false,
    },
    SampleCustomer {
        id: "1f7c1a7d-a6e2-4b7f-9d68-4c2a3b8e5f02",
        name: "Fabrikam, Inc.",
        domain: "fabrikam.onmicrosoft.com",
        date: "2017-03-12T00:00:00",
        products: &[
            Product {
                id: "F245ECC8-75AF-4F8E-B61F-27D8114DE5F3",
                name: "OFFICE 365 BUSINESS PREMIUM",
                sold: 62,
                deployed: 62,
                workloads: &[(Workload::Exchange, 62), (Workload::SharePoint, 41), (Workload::Skype, 17)],
            },
            Product {
                id: "EE02FD1B-340E-4A4B-B355-4A514E4C8943",
                name: "EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE",
                sold: 62,
                deployed: 60,
                workloads: &[(Workload::Exchange, 58)],
            },
        ],
        is_throttled: false,
        is_forbidden: false,
    },
    SampleCustomer {
        id: "2a8d2b8e-b7f3-4c80-8e79-5d3b4c9f6a03",
        name: "Northwind Traders",
        domain: "northwind.onmicrosoft.com",
        date: "2017-03-12T00:00:00",
        products: &[
            Product {
                id: "18181A46-0D4E-45CD-891E-60AABD171B4E",
                name: "OFFICE 365 ENTERPRISE E1",
                sold: 480,
                deployed: 470,
                workloads: &[(Workload::Exchange, 452), (Workload::SharePoint, 133)],
            },
            Product {
                id: "C7DF2760-2C81-4EF7-B578-5B5392B571DF",
                name: "OFFICE 365 ENTERPRISE E5",
                sold: 120,
                deployed: 80,
                workloads: &[(Workload::Exchange, 51), (Workload::Teams, 38)],
            },
        ],
        is_throttled: true,
        is_forbidden: false,
    },
    SampleCustomer {
        id: "3b9e3c9f-c804-4d91-9f8a-6e4c5daf7b04",
        name: "Tailspin Toys",
        domain: "tailspin.onmicrosoft.com",
        date: "2017-03-12T00:00:00",
        products: &[],
        is_throttled: false,
        is_forbidden: false,
    },
    SampleCustomer {
        id: "4caf4daf-d915-4ea2-80ab-7f5d6eb08c05",
        name: "Wingtip Toys",
        domain: "wingtip.onmicrosoft.com",
        date: "2017-03-12T00:00:00",
        products: &[],
        is_throttled: false,
        is_forbidden: true,
    },
];
